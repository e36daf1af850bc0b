#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""make_run_seeds.py FOLDER: writes the seeds of tests/fuzz/corpus/run, small models of many operators each.
Needs the packages onnx and numpy. Every operator of src/graph/ops.def that a file may hold occurs."""
import pathlib
import sys

import numpy as np
from onnx import TensorProto as T
from onnx import helper as h
from onnx import numpy_helper

F32, F16, F64, U8, I8, I32, I64, BOOL = T.FLOAT, T.FLOAT16, T.DOUBLE, T.UINT8, T.INT8, T.INT32, T.INT64, T.BOOL
folder = pathlib.Path(sys.argv[1])
rng = np.random.default_rng(7)


class Net:
    """Nodes in order; each call of `add` returns the name of its first output."""

    def __init__(self, name, opset=17):
        self.name, self.opset = name, opset
        self.nodes, self.inits, self.inputs, self.outputs = [], [], [], []

    def input(self, name, shape, dtype=F32):
        self.inputs.append(h.make_tensor_value_info(name, dtype, shape))
        return name

    def const(self, array):
        name = f"c{len(self.inits)}"
        self.inits.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def weights(self, *shape):
        return self.const((rng.random(shape) - 0.5).astype(np.float32))

    def ints(self, *values):
        return self.const(np.array(values, np.int64))

    def add(self, op, *inputs, n_out=1, domain="", **attributes):
        outputs = [f"t{len(self.nodes)}_{i}" for i in range(n_out)]
        self.nodes.append(h.make_node(op, list(inputs), outputs, domain=domain, **attributes))
        return outputs[0] if n_out == 1 else outputs

    def out(self, name, dtype=F32):
        self.outputs.append(h.make_tensor_value_info(name, dtype, None))

    def save(self):
        graph = h.make_graph(self.nodes, self.name, self.inputs, self.outputs, self.inits)
        for value in graph.output:
            value.type.tensor_type.ClearField("shape")
        opsets = [h.make_opsetid("", self.opset), h.make_opsetid("com.microsoft", 1)]
        model = h.make_model(graph, opset_imports=opsets, ir_version=8)
        (folder / f"{self.name}.onnx").write_bytes(model.SerializeToString())


def batch_norm(n, x, c):
    return n.add("BatchNormalization", x, n.weights(c), n.weights(c), n.weights(c), n.const(np.ones(c, np.float32)))


def residual():
    n = Net("residual")
    x = n.input("x", ["N", 3, 9, 11])
    a = n.add("Relu", batch_norm(n, n.add("Conv", x, n.weights(8, 3, 3, 3), pads=[1, 1, 1, 1], strides=[2, 2]), 8))
    b = batch_norm(n, n.add("Conv", a, n.weights(8, 8, 3, 3), n.weights(8), pads=[1, 1, 1, 1]), 8)
    y = n.add("Relu", n.add("Add", b, a))
    y = n.add("Flatten", n.add("GlobalAveragePool", y))
    n.out(n.add("Softmax", n.add("Gemm", y, n.weights(5, 8), n.weights(5), transB=1), axis=1))
    n.save()


def mobile():
    n = Net("mobile")
    x = n.input("x", [1, 8, 10, 10])
    y = n.add("Clip", n.add("Conv", x, n.weights(8, 1, 3, 3), group=8, pads=[1, 1, 1, 1]), n.const(np.float32(0)),
              n.const(np.float32(6)))
    s = n.add("HardSigmoid", n.add("Conv", n.add("ReduceMean", y, axes=[2, 3]), n.weights(8, 8, 1, 1)), alpha=0.2)
    y = n.add("HardSwish", n.add("Mul", y, s))
    y = n.add("Conv", y, n.weights(16, 4, 1, 1), group=2)
    y = n.add("LeakyRelu", n.add("Conv", y, n.weights(16, 1, 5, 5), group=16, auto_pad="SAME_UPPER", strides=[2, 2]))
    n.out(n.add("PRelu", y, n.weights(16, 1, 1)))
    n.save()


def dense_block():
    n = Net("dense_block")
    x = n.input("x", [1, 4, 6, 5])
    a = n.add("Conv", x, n.weights(8, 4, 3, 3), pads=[1, 1, 1, 1])
    b = n.add("Relu", n.add("Conv", x, n.weights(5, 4, 1, 1)))
    y = n.add("Concat", a, b, x, axis=1)
    y = n.add("Conv", n.add("Relu", batch_norm(n, y, 17)), n.weights(6, 17, 1, 1))
    n.out(n.add("Conv", n.add("Concat", y, y, axis=1), n.weights(3, 12, 2, 2), dilations=[2, 2]))
    n.save()


def conv_forms():
    n = Net("conv_forms", 11)
    x, w = n.input("x", [2, 4, 12]), n.input("w", [6, 2, 3])
    y = n.add("Conv", x, n.weights(4, 4, 3), dilations=[2], pads=[2, 0])
    n.out(n.add("Conv", y, w, group=2, strides=[2]))
    t = n.add("ConvTranspose", n.add("Unsqueeze", x, axes=[2]), n.weights(4, 3, 2, 3), n.weights(6), group=2,
              strides=[2, 2], output_padding=[1, 1], pads=[0, 1, 1, 0])
    n.out(t)
    n.out(n.add("ConvTranspose", x, n.weights(4, 2, 4), strides=[3], auto_pad="SAME_LOWER"))
    n.save()


def products():
    n = Net("products")
    a, b = n.input("a", [3, 1, 4, 5]), n.input("b", [2, 5, 6])
    y = n.add("MatMul", a, b)
    y = n.add("Add", n.add("MatMul", y, n.weights(6, 7)), n.weights(7))
    n.out(n.add("MatMul", y, n.weights(7)))
    g = n.input("g", [5, 4])
    n.out(n.add("Gemm", g, n.add("Reshape", b, n.ints(5, 12)), n.weights(1, 12), transA=1, alpha=0.5, beta=2.0))
    n.save()


def norms():
    n = Net("norms", 18)
    x = n.input("x", [2, 6, 5, 4])
    y = n.add("InstanceNormalization", x, n.weights(6), n.weights(6))
    y = n.add("LRN", y, size=3)
    y = n.add("LpNormalization", y, axis=1, p=1)
    y = batch_norm(n, y, 6)
    n.out(y)
    for i, o in enumerate(n.add("LayerNormalization", x, n.weights(5, 4), n.weights(5, 4), axis=2, n_out=3)):
        n.out(o)
    n.save()


def unary():
    n = Net("unary", 20)
    x = n.input("x", [2, 3, 4])
    for op in ("Relu Elu Selu Celu Sigmoid Softplus Softsign Mish Tanh Gelu ThresholdedRelu Erf Exp Log Sqrt Abs Neg "
               "Reciprocal Floor Ceil Round Sign HardSwish HardSigmoid").split():
        n.out(n.add(op, x))
    n.out(n.add("Not", n.add("IsNaN", x)), BOOL)
    n.out(n.add("Gelu", x, domain="com.microsoft"))
    y = n.add("Dropout", n.add("Identity", x))
    n.out(n.add("Clip", y, n.const(np.float32(-0.5))))
    n.save()


def binary():
    n = Net("binary")
    a, b = n.input("a", [2, 1, 4]), n.input("b", [3, 1])
    for op in "Add Sub Mul Div Pow Min Max Sum Mean".split():
        n.out(n.add(op, a, b))
    n.out(n.add("Max", a, b, n.weights(2, 3, 4), a))
    n.out(n.add("Mod", a, b, fmod=1))
    less = n.add("Less", a, b)
    both = n.add("And", less, n.add("LessOrEqual", b, a))
    either = n.add("Xor", n.add("Or", both, n.add("Greater", a, b)), n.add("GreaterOrEqual", a, b))
    n.out(n.add("Where", either, a, b))
    n.out(n.add("Equal", a, b), BOOL)
    n.save()


def integers():
    n = Net("integers")
    a, b = n.input("a", [2, 3], I64), n.input("b", [3], I64)
    for op in "Add Sub Mul Div Mod Min Max Pow".split():
        n.out(n.add(op, a, b), I64)
    small = n.add("Cast", a, to=I8)
    n.out(n.add("Div", small, n.add("Cast", b, to=I8)), I8)
    n.out(n.add("Neg", n.add("Abs", a)), I64)
    for to in (F32, F16, F64, U8, I32, BOOL):
        n.out(n.add("Cast", a, to=to), to)
    n.out(n.add("ReduceSum", a, n.ints(1)), I64)
    n.out(n.add("ArgMax", a, axis=0), I64)
    n.out(n.add("Cast", n.add("Cast", n.add("Div", n.add("Cast", a, to=F32), n.add("Cast", b, to=F32)), to=I32), to=U8), U8)
    n.save()


def pools():
    n = Net("pools")
    x = n.input("x", [1, 5, 9, 8])
    for o, t in zip(n.add("MaxPool", x, kernel_shape=[3, 2], strides=[2, 2], ceil_mode=1, pads=[1, 0, 1, 1], n_out=2), (F32, I64)):
        n.out(o, t)
    n.out(n.add("MaxPool", x, kernel_shape=[2, 2], dilations=[2, 3]))
    n.out(n.add("AveragePool", x, kernel_shape=[3, 3], pads=[1, 1, 1, 1], count_include_pad=1))
    n.out(n.add("AveragePool", x, kernel_shape=[4, 4], strides=[3, 3], auto_pad="SAME_UPPER", ceil_mode=1))
    n.out(n.add("LpPool", x, kernel_shape=[2, 2], p=3))
    for op in ("GlobalMaxPool", "GlobalAveragePool", "GlobalLpPool"):
        n.out(n.add(op, x))
    n.save()


def axes():
    n = Net("axes")
    x = n.input("x", [2, 5, 3])
    n.out(n.add("Softmax", x, axis=1))
    n.out(n.add("LogSoftmax", x))
    n.out(n.add("Hardmax", x, axis=0))
    n.out(n.add("ArgMax", x, axis=1, keepdims=0, select_last_index=1), I64)
    n.out(n.add("ArgMin", x, axis=2), I64)
    values, indices = n.add("TopK", x, n.ints(3), axis=1, n_out=2)
    n.out(values)
    n.out(indices, I64)
    n.out(n.add("TopK", x, n.ints(2), largest=0, sorted=0, n_out=2)[0])
    n.save()


def reductions():
    n = Net("reductions", 18)
    x = n.input("x", [2, 3, 4, 5])
    for i, op in enumerate("Sum Mean Max Min Prod L1 L2 LogSum LogSumExp SumSquare".split()):
        n.out(n.add("Reduce" + op, x, n.ints(*[(0,), (1, 3), (-1,), (0, 1, 2, 3)][i % 4]), keepdims=i & 1))
    n.out(n.add("ReduceSum", x, noop_with_empty_axes=1))
    n.save()


def moves():
    n = Net("moves")
    x = n.input("x", [2, 6, 5, 4])
    a, b, c = n.add("Split", x, n.ints(1, 2, 3), axis=1, n_out=3)
    n.out(n.add("Concat", c, a, b, axis=1))
    n.out(n.add("Slice", x, n.ints(-1, 4), n.ints(-9, 0), n.ints(2, 1), n.ints(-2, -1)))
    n.out(n.add("Transpose", x, perm=[0, 2, 3, 1]))
    n.out(n.add("Transpose", n.add("Transpose", x), perm=[3, 2, 1, 0]))
    n.out(n.add("Expand", a, n.ints(3, 1, 2, 1, 5, 4)))
    n.out(n.add("Tile", b, n.ints(1, 2, 1, 3)))
    n.out(n.add("Squeeze", n.add("Unsqueeze", a, n.ints(0, 5)), n.ints(0, 5)))
    n.out(n.add("DepthToSpace", n.add("Reshape", x, n.ints(1, 8, 5, 6)), blocksize=2, mode="CRD"))
    n.out(n.add("SpaceToDepth", n.add("Reshape", x, n.ints(0, -1, 2, 2)), blocksize=2))
    n.save()


def pads():
    n = Net("pads", 19)
    x = n.input("x", [1, 2, 4, 3])
    n.out(n.add("Pad", x, n.ints(0, 0, 1, 2, 0, 1, -1, 0), n.const(np.float32(1.5))))
    for mode in ("reflect", "edge", "wrap"):
        n.out(n.add("Pad", x, n.ints(0, 0, 2, 1, 0, 1, 1, 2), mode=mode))
    n.out(n.add("Pad", x, n.ints(1, 2), "", n.ints(-1), mode="edge"))
    n.save()


def gathers():
    n = Net("gathers")
    x, i = n.input("x", [4, 5, 3]), n.input("i", [2, 2], I64)
    n.out(n.add("Gather", x, i, axis=1))
    n.out(n.add("Gather", x, n.ints(-1, 0, 3)))
    j = n.input("j", [2, 5, 3], I32)
    n.out(n.add("GatherElements", x, j, axis=0))
    n.save()


def resizes():
    n = Net("resizes", 18)
    x = n.input("x", [1, 2, 5, 4])
    for mode in ("nearest", "linear", "cubic"):
        for t in ("half_pixel", "align_corners", "asymmetric", "pytorch_half_pixel"):
            n.out(n.add("Resize", x, "", n.const(np.array([1, 1, 1.6, 0.7], np.float32)), mode=mode,
                        coordinate_transformation_mode=t))
    n.out(n.add("Resize", x, "", "", n.ints(1, 2, 9, 7), mode="nearest", nearest_mode="ceil"))
    n.out(n.add("Resize", x, "", "", n.ints(3, 3), mode="linear", antialias=1, axes=[2, 3]))
    n.out(n.add("Resize", x, n.const(np.array([0, 0, .2, .1, 1, 1, .9, .8], np.float32)), "", n.ints(1, 2, 6, 6), mode="linear",
                coordinate_transformation_mode="tf_crop_and_resize", extrapolation_value=2.0))
    n.save()


def shapes():
    n = Net("shapes")
    x = n.input("x", ["N", 3, 4, 4])
    shape = n.add("Shape", x)
    batch = n.add("Slice", shape, n.ints(0), n.ints(1))
    y = n.add("Reshape", x, n.add("Concat", batch, n.ints(-1), axis=0))
    n.out(n.add("Expand", n.add("ConstantOfShape", n.ints(1, 4), value=h.make_tensor("v", F32, [1], [2.5])),
                n.add("Concat", n.add("Unsqueeze", n.add("Size", x), n.ints(0)), n.ints(4), axis=0)))
    r = n.add("Range", n.const(np.int64(0)), n.const(np.int64(48)), n.const(np.int64(1)))
    n.out(n.add("Add", y, n.add("Cast", r, to=F32)))
    one = n.add("Gather", shape, n.const(np.int64(1)))
    n.out(n.add("Mul", n.add("Cast", one, to=F32), y))
    n.save()


def qdq():
    n = Net("qdq", 13)
    scale, zero = n.const(np.float32(0.02)), n.const(np.uint8(128))
    x = n.input("x", [1, 3, 8, 8])
    y = n.add("DequantizeLinear", n.add("QuantizeLinear", x, scale, zero), scale, zero)
    w = n.add("DequantizeLinear", n.const(rng.integers(-127, 128, (4, 3, 3, 3)).astype(np.int8)),
              n.const(np.full(4, 0.01, np.float32)), n.const(np.zeros(4, np.int8)), axis=0)
    b = n.add("DequantizeLinear", n.const(np.arange(4, dtype=np.int32)), n.const(np.full(4, 2e-4, np.float32)), axis=0)
    y = n.add("Relu", n.add("Conv", y, w, b, pads=[1, 1, 1, 1]))
    y = n.add("DequantizeLinear", n.add("QuantizeLinear", y, scale, zero), scale, zero)
    y = n.add("MaxPool", y, kernel_shape=[2, 2], strides=[2, 2])
    n.out(n.add("QuantizeLinear", n.add("Add", y, y), scale, zero), U8)
    n.save()


def integer_layers():
    n = Net("integer_layers")
    x = n.input("x", [1, 2, 5, 5])
    q, scale, zero = n.add("DynamicQuantizeLinear", x, n_out=3)
    w = n.const(rng.integers(-127, 128, (3, 2, 3, 3)).astype(np.int8))
    y = n.add("ConvInteger", q, w, zero, pads=[1, 1, 1, 1])
    n.out(n.add("Mul", n.add("Cast", y, to=F32), scale))
    m = n.add("MatMulInteger", n.add("Reshape", q, n.ints(10, 5)), n.const(rng.integers(0, 255, (5, 4)).astype(np.uint8)), zero,
              n.const(np.uint8(3)))
    n.out(m, I32)
    n.save()


def qlinear():
    n = Net("qlinear", 13)
    s, z, ws, wz = n.const(np.float32(0.05)), n.const(np.uint8(100)), n.const(np.float32(0.01)), n.const(np.int8(0))
    x = n.input("x", [1, 2, 6, 6], U8)
    w = n.const(rng.integers(-127, 128, (4, 2, 3, 3)).astype(np.int8))
    y = n.add("QLinearConv", x, s, z, w, ws, wz, s, z, n.const(np.arange(4, dtype=np.int32)), strides=[2, 2])
    y = n.add("QLinearAdd", y, s, z, y, s, z, s, z, domain="com.microsoft")
    y = n.add("QLinearConcat", s, z, y, s, z, y, ws, z, axis=1, domain="com.microsoft")
    y = n.add("QLinearGlobalAveragePool", y, s, z, s, z, channels_last=0, domain="com.microsoft")
    m = n.add("QLinearMatMul", n.add("Reshape", y, n.ints(1, 8)), s, z,
              n.const(rng.integers(-127, 128, (8, 3)).astype(np.int8)), ws, wz, s, z)
    n.out(n.add("DequantizeLinear", m, s, z))
    n.save()


def half():
    n = Net("half")
    x = n.input("x", [1, 3, 6, 6], F16)
    w = n.const((rng.random((4, 3, 3, 3)) - 0.5).astype(np.float16))
    y = n.add("Relu", n.add("Conv", x, w))
    n.out(n.add("Softmax", n.add("Flatten", y)), F16)
    n.out(n.add("Exp", n.add("Cast", y, to=F64)), F64)
    n.save()


def empty():
    n = Net("empty")
    x = n.input("x", [0, 3])
    n.out(n.add("Relu", x))
    n.out(n.add("ReduceSum", x, n.ints(0)))
    n.out(n.add("Concat", x, n.weights(2, 3), axis=0))
    n.save()


def pixels():
    """Inputs that are normalized in front of a convolution or a product: what fold_normalize looks for."""
    n = Net("pixels")
    x = n.add("Cast", n.input("x", [1, 3, 7, 6], U8), to=F32)
    x = n.add("Mul", n.add("Sub", x, n.const(np.full((1, 3, 1, 1), 120, np.float32))), n.const(np.full((3, 1, 1), 0.02, np.float32)))
    n.out(n.add("Relu", n.add("Conv", x, n.weights(4, 3, 3, 3), n.weights(4), pads=[1, 0, 2, 1], strides=[2, 1])))
    x = n.add("Slice", n.input("nhwc", [1, 5, 6, 3], U8), n.ints(-1), n.ints(-9), n.ints(3), n.ints(-1))
    x = n.add("Transpose", n.add("Div", n.add("Cast", x, to=F32), n.const(np.float32(255))), perm=[0, 3, 1, 2])
    x = n.add("Pad", batch_norm(n, x, 3), n.ints(0, 0, 1, 2, 0, 0, 2, 1))
    n.out(n.add("Conv", x, n.weights(6, 1, 3, 3), group=3, dilations=[2, 1]))
    x = n.add("Gather", n.input("gray", [2, 1, 4, 4], U8), n.ints(0), axis=1)
    x = n.add("Flatten", n.add("Add", n.add("Cast", x, to=F16), n.const(np.float16(-30))))
    n.out(n.add("MatMul", n.add("Cast", x, to=F32), n.weights(16, 3)))
    n.save()


def pixels_quantized(normalized):
    """A convolution in front of a quantizer: an integer first layer, of raw pixels or of those that the caller hands over."""
    n = Net("pixels_quantized_raw" if normalized else "pixels_quantized", 13)
    scale, zero = n.const(np.float32(0.02)), n.const(np.uint8(128))
    x = n.input("x", [1, 3, 7, 6], U8 if normalized else F32)
    if normalized:
        x = n.add("Mul", n.add("Cast", x, to=F32), n.const(np.full((3, 1, 1), 0.02, np.float32)))
    y = n.add("Conv", x, n.weights(4, 3, 3, 3), n.weights(4), pads=[1, 1, 1, 1], strides=[2, 1])
    n.out(n.add("DequantizeLinear", n.add("QuantizeLinear", y, scale, zero), scale, zero))
    n.save()


def words(dtype, weights):
    """Between 16-bit tensors; opset 21 has them in QuantizeLinear."""
    n = Net(f"words_{weights.__name__}", 21)
    least = np.iinfo(dtype).min

    def pair(x, scale, zero):
        number = [n.const(np.float32(scale)), n.const(dtype(least + zero))]
        return n.add("DequantizeLinear", n.add("QuantizeLinear", x, *number), *number)

    def matrix(*shape):
        most = np.iinfo(weights).max
        return n.add("DequantizeLinear", n.const(rng.integers(-most - 1, most + 1, shape).astype(weights)),
                     n.const(np.float32(0.3 / most)), n.const(weights(0)))

    x = pair(n.input("x", [1, 3, 6, 5]), 1 / 30000, 30000)
    x = pair(n.add("Relu", n.add("Conv", x, matrix(18, 3, 3, 3), pads=[1, 1, 1, 1])), 3 / 65535, 0)
    x = pair(n.add("MaxPool", x, kernel_shape=[2, 2]), 3 / 65535, 0)
    y = pair(n.add("Conv", x, matrix(18, 1, 3, 3), pads=[1, 1, 1, 1], group=18), 9 / 65535, 32000)
    y = pair(n.add("Add", y, x), 9 / 65535, 20000)
    y = pair(n.add("Flatten", pair(n.add("GlobalAveragePool", y), 6 / 65535, 20000)), 6 / 65535, 20000)
    n.out(pair(n.add("Gemm", y, matrix(18, 4)), 8 / 65535, 30000))
    n.save()


def qlinear_pairs():
    n = Net("qlinear_pairs", 13)
    s, z = n.const(np.float32(0.05)), n.const(np.uint8(100))
    x = n.input("x", [1, 3, 6, 6], U8)
    y = n.add("QLinearMul", x, s, z, n.input("b", [1, 3, 1, 1], U8), s, z, s, z, domain="com.microsoft")
    y = n.add("QLinearAveragePool", y, s, z, s, z, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 0, 0], domain="com.microsoft")
    n.out(n.add("DequantizeLinear", n.add("QLinearSigmoid", y, s, z, s, z, domain="com.microsoft"), s, z))
    n.save()


folder.mkdir(parents=True, exist_ok=True)
for make in (residual, mobile, dense_block, conv_forms, products, norms, unary, binary, integers, pools, axes, reductions,
             moves, pads, gathers, resizes, shapes, qdq, integer_layers, qlinear, half, empty, pixels):
    make()
pixels_quantized(True)
pixels_quantized(False)
qlinear_pairs()
words(np.uint16, np.int8)
words(np.int16, np.int16)
