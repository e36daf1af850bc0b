# SPDX-License-Identifier: Apache-2.0
"""Small classifiers of every kind that `octet fold` must cope with, made with PyPI's onnx."""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

TYPES = {"float32": TensorProto.FLOAT, "float16": TensorProto.FLOAT16, "float64": TensorProto.DOUBLE}


def dice():
    return np.random.default_rng(7)


def constant(name, array):
    return numpy_helper.from_array(np.ascontiguousarray(array), name)


def conv_net(channels=3, size=(16, 12), batch="N", classes=10, dtype="float32", opset=13, ir=8, layout="NCHW", pads=1,
             stride=2, constant_weights=False, listed=False, features=8, group=1):
    """[N, C, H, W] (or NHWC) -> Conv with padding -> Relu -> GlobalAveragePool -> Flatten -> MatMul -> [N, classes]"""
    rng, t = dice(), TYPES[dtype]
    weight = constant("w", (rng.standard_normal((features, channels // group, 3, 3)) / 3).astype(dtype))
    bias = constant("b", rng.standard_normal(features).astype(dtype))
    matrix = constant("m", (rng.standard_normal((features, classes)) * 3).astype(dtype))
    h, w = size
    shape = [batch, channels, h, w] if layout == "NCHW" else [batch, h, w, channels]
    nodes, x = [], "x"
    if layout == "NHWC":
        nodes.append(helper.make_node("Transpose", ["x"], ["x_nchw"], "to_nchw", perm=[0, 3, 1, 2]))
        x = "x_nchw"
    if constant_weights:
        nodes.append(helper.make_node("Constant", [], ["w"], "w_constant", value=weight))
    nodes += [
        helper.make_node("Conv", [x, "w", "b"], ["conv"], "conv1", pads=[pads] * 4, strides=[stride] * 2, group=group),
        helper.make_node("Relu", ["conv"], ["relu"], "relu1"),
        helper.make_node("GlobalAveragePool", ["relu"], ["pool"], "pool"),
        helper.make_node("Flatten", ["pool"], ["flat"], "flat"),
        helper.make_node("MatMul", ["flat", "m"], ["logits"], "head"),
    ]
    initializers = [bias, matrix] + ([] if constant_weights else [weight])
    inputs = [helper.make_tensor_value_info("x", t, shape)]
    if listed:  # as exporters did for IR 3; the weights come first
        inputs = [helper.make_tensor_value_info(i.name, t, i.dims) for i in initializers] + inputs
    outputs = [helper.make_tensor_value_info("logits", t, [batch, classes])]
    graph = helper.make_graph(nodes, "net", inputs, outputs, initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], producer_name="tests")
    model.ir_version = ir
    return model


def two_inputs():
    """An image and a vector in, logits and features out."""
    model = conv_net()
    g = model.graph
    g.input.insert(0, helper.make_tensor_value_info("side", TensorProto.FLOAT, ["N", 8]))
    g.node.insert(4, helper.make_node("Add", ["flat", "side"], ["sum"], "add_side"))
    g.node[5].input[0] = "sum"
    g.output.append(helper.make_tensor_value_info("sum", TensorProto.FLOAT, ["N", 8]))
    return model


def two_uses():
    """The input goes to a convolution and past it."""
    model = conv_net(stride=1, features=3)
    g = model.graph
    g.node.insert(1, helper.make_node("Add", ["conv", "x"], ["both"], "skip"))
    g.node[2].input[0] = "both"
    return model


def captured():
    """The input is used inside both branches of an If only."""
    x, flag = (helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 8, 8]),
               helper.make_tensor_value_info("flag", TensorProto.BOOL, []))
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 3, 1, 1])

    def branch(name, op):
        nodes = [helper.make_node(op, ["x"], [f"{name}_y"], f"{name}_node")]
        return helper.make_graph(nodes, name, [], [helper.make_tensor_value_info(f"{name}_y", TensorProto.FLOAT, [1, 3, 1, 1])])

    shadow = helper.make_graph([helper.make_node("Identity", ["x"], ["again"], "inner")], "body",
                               [helper.make_tensor_value_info("i", TensorProto.INT64, []),
                                helper.make_tensor_value_info("c", TensorProto.BOOL, []),
                                helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 1, 1])],
                               [helper.make_tensor_value_info("c_out", TensorProto.BOOL, []),
                                helper.make_tensor_value_info("again", TensorProto.FLOAT, [1, 3, 1, 1])])
    shadow.node.insert(0, helper.make_node("Identity", ["c"], ["c_out"], "keep"))
    nodes = [helper.make_node("If", ["flag"], ["chosen"], "choose", then_branch=branch("mean", "GlobalAveragePool"),
                              else_branch=branch("most", "GlobalMaxPool")),
             helper.make_node("Loop", ["two", "", "chosen"], ["y"], "loop", body=shadow)]
    graph = helper.make_graph(nodes, "control", [x, flag], [y], [constant("two", np.array(2, np.int64))])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    return model


def already_normalized(style, channels=3):
    """uint8 in, and nodes as TI's tools name them: 'old' (edgeai tools up to 11.1) or 'new' (<input>_net_in, ...)."""
    model = conv_net(channels=channels, batch=1)
    g = model.graph
    mean = np.array([123.675, 116.28, 103.53][:channels], np.float32).reshape(1, channels, 1, 1)
    scale = np.array([0.017125, 0.017507, 0.017429][:channels], np.float32).reshape(1, channels, 1, 1)
    names = {"old": ["xNet_IN", "TIDL_cast_in", "TIDL_Scale_In", "TIDL_preProc_Bias", "TIDL_preProc_Scale"],
             "new": ["x_net_in", "x_cast_out", "x_add_out", "x_bias", "x_scale"]}[style]
    g.initializer.extend([constant(names[3], -mean), constant(names[4], scale)])
    for node in reversed([helper.make_node("Cast", [names[0]], [names[1]], to=TensorProto.FLOAT),
                          helper.make_node("Add", [names[1], names[3]], [names[2]]),
                          helper.make_node("Mul", [names[2], names[4]], ["x"])]):
        g.node.insert(0, node)
    g.input[0].CopyFrom(helper.make_tensor_value_info(names[0], TensorProto.UINT8, [1, channels, 16, 12]))
    return model


def any_rank(axes, channels=3, h=10, w=8):
    """A net whose input has its dimensions in this order: transposed to NCHW in front."""
    sizes = {"N": 1, "C": channels, "H": h, "W": w}
    model = conv_net(size=(h, w), channels=channels, batch=1)
    g = model.graph
    g.input[0].CopyFrom(helper.make_tensor_value_info("x", TensorProto.FLOAT, [sizes[a] for a in axes]))
    x = "x"
    if "N" not in axes:
        g.initializer.append(constant("axis", np.array([0], np.int64)))
        g.node.insert(0, helper.make_node("Unsqueeze", [x, "axis"], ["x_n"], "batch"))
        x, axes = "x_n", "N" + axes
    g.node.insert(1 if x == "x_n" else 0,
                  helper.make_node("Transpose", [x], ["x_nchw"], "order", perm=[axes.index(a) for a in "NCHW"]))
    next(n for n in g.node if n.name == "conv1").input[0] = "x_nchw"
    return model


def save(model, path):
    onnx.save(model, path)
    return path
