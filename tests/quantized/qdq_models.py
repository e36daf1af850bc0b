# SPDX-License-Identifier: Apache-2.0
"""Graphs of one operator between DequantizeLinear and QuantizeLinear, and com.microsoft's QLinear operators. Inputs and
outputs are the bytes themselves."""
import numpy as np
from onnx import TensorProto, helper, numpy_helper

BYTES = {np.dtype(np.uint8): TensorProto.UINT8, np.dtype(np.int8): TensorProto.INT8}


class Graph:
    """A model under construction. Quantized tensors are tuples (name, scale name, zero name)."""

    def __init__(self, dtype=np.uint8, seed=1):
        self.dtype, self.dice = np.dtype(dtype), np.random.default_rng(seed)
        self.nodes, self.inits, self.inputs, self.outputs, self.feeds = [], [], [], [], {}
        self.opset = 21

    def const(self, value, name=None):
        name = name or f"c{len(self.inits)}"
        self.inits.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def node(self, op, inputs, n_out=1, domain="", **attributes):
        names = [f"v{len(self.nodes)}_{i}" for i in range(n_out)]
        self.nodes.append(helper.make_node(op, inputs, names, domain=domain, **attributes))
        return names[0] if n_out == 1 else names

    def params(self, scale, zero):
        return self.const(np.float32(scale)), self.const(np.array(zero, self.dtype))

    def input(self, *shape, scale=0.05, zero=None):
        """A graph input of bytes: extremes and all values."""
        zero = (117 if self.dtype == np.uint8 else -11) if zero is None else zero
        info = np.iinfo(self.dtype)
        data = self.dice.integers(info.min, info.max + 1, shape).astype(self.dtype)
        flat = data.reshape(-1)
        flat[0::7] = info.max
        flat[3::11] = info.min
        name = f"x{len(self.inputs)}"
        self.inputs.append(helper.make_tensor_value_info(name, BYTES[self.dtype], shape))
        self.feeds[name] = data
        return (name, *self.params(scale, zero))

    def real(self, quantized, **attributes):
        return self.node("DequantizeLinear", list(quantized), **attributes)

    def weights(self, *shape, axis=0, per_channel=True, dtype=np.int8, zero=0):
        w = self.dice.integers(np.iinfo(dtype).min + (dtype == np.int8), np.iinfo(dtype).max + 1, shape).astype(dtype)
        n = shape[axis] if per_channel else 1
        scale = self.dice.uniform(0.002, 0.02, n).astype(np.float32)
        self.w_scale = scale if per_channel else scale[0]
        zeros = np.full(n if per_channel else (), zero, dtype)
        return self.real((self.const(w), self.const(self.w_scale), self.const(zeros)), axis=axis)

    def bias(self, n, x_scale=0.05, factor=1.0):
        """int32, of the products' scale times factor"""
        scale = (np.float32(x_scale) * np.broadcast_to(self.w_scale, n) * np.float32(factor)).astype(np.float32)
        q = self.dice.integers(-20000, 20000, n).astype(np.int32)
        return self.real((self.const(q), self.const(scale), self.const(np.zeros(n, np.int32))), axis=0)

    def quantize(self, real, scale=0.05, zero=None):
        zero = (101 if self.dtype == np.uint8 else 5) if zero is None else zero
        y = self.node("QuantizeLinear", [real, *self.params(scale, zero)])
        return (y, self.inits[-2].name, self.inits[-1].name)

    def output(self, name, dtype=None):
        name = name[0] if isinstance(name, tuple) else name
        self.outputs.append(helper.make_tensor_value_info(name, dtype or BYTES[self.dtype], None))
        return self

    def model(self):
        graph = helper.make_graph(self.nodes, "quantized", self.inputs, self.outputs, self.inits)
        return helper.make_model(graph, ir_version=10, opset_imports=[helper.make_opsetid("", self.opset),
                                                                      helper.make_opsetid("com.microsoft", 1)])


def unary(op, dtype=np.uint8, scale=0.05, y_scale=0.02, y_zero=None, shape=(1, 5, 9, 7), **attributes):
    g = Graph(dtype)
    return g.output(g.quantize(g.node(op, [g.real(g.input(*shape, scale=scale))], **attributes), y_scale, y_zero))


def moving(op, *others, y_scale=0.05, same=True, shape=(1, 8, 6, 10), dtype=np.uint8, n_out=1, **attributes):
    """An operator that keeps the numbers; `same`: scale and zero point on both sides."""
    g = Graph(dtype)
    x = g.input(*shape)
    out = g.node(op, [g.real(x), *(o if isinstance(o, str) else g.const(o) for o in others)], n_out, **attributes)
    zero = 117 if dtype == np.uint8 else -11
    for name in [out] if n_out == 1 else out:
        g.output(g.quantize(name, 0.05 if same else 0.07, zero if same else None))
    return g


def conv(dtype=np.uint8, group=1, bias=1.0, clamp=None, w_dtype=np.int8, w_zero=0, per_channel=True, y_scale=0.4, kernel=3, **attributes):
    g = Graph(dtype)
    x, c, oc = g.input(1, 16, 11, 9), 16, 24 if group == 1 else 16
    inputs = [g.real(x), g.weights(oc, c // group, kernel, kernel, dtype=w_dtype, zero=w_zero, per_channel=per_channel)]
    if bias == "float":
        inputs.append(g.const(g.dice.uniform(-8, 8, oc).astype(np.float32)))
    elif bias:
        inputs.append(g.bias(oc, factor=bias))
    y = g.node("Conv", inputs, group=group, pads=[kernel // 2] * 4, **attributes)
    if clamp == "relu":
        y = g.node("Relu", [y])
    elif clamp:
        y = g.node("Clip", [y, g.const(np.float32(clamp[0])), g.const(np.float32(clamp[1]))])
    return g.output(g.quantize(y, y_scale))


def gemm(trans=1, bias=1.0, quantized=True, per_channel=True, dtype=np.uint8):
    g = Graph(dtype)
    x = g.input(3, 70)
    inputs = [g.real(x), g.weights(*((33, 70) if trans else (70, 33)), axis=0 if trans else 1, per_channel=per_channel)]
    if bias:
        inputs.append(g.bias(33, factor=bias))
    y = g.node("Gemm", inputs, transB=trans)
    return g.output(g.quantize(y, 0.6)) if quantized else g.output(y, TensorProto.FLOAT)


def transposed_weights(op, per_channel=False):
    """As exporters write Linear: the weights' DequantizeLinear, then Transpose."""
    g = Graph()
    x = g.input(3, 70)
    w = g.node("Transpose", [g.weights(33, 70, per_channel=per_channel)], perm=[1, 0])
    return g.output(g.quantize(g.node(op, [g.real(x), w]), 0.6))


def matmul(batch=(), activations=False):
    g = Graph()
    x = g.input(*batch, 5, 40, scale=0.03)
    w = g.real(g.input(*batch, 40, 12, scale=0.01)) if activations else g.weights(40, 12, axis=1)
    return g.output(g.quantize(g.node("MatMul", [g.real(x), w]), 0.3))


def binary(op, dtype=np.uint8, shapes=((1, 8, 5, 7), (1, 8, 5, 7)), y_scale=0.09, scales=(0.05, 0.031)):
    g = Graph(dtype)
    a, b = (g.input(*shape, scale=scale, zero=zero) for shape, scale, zero in zip(shapes, scales, (99, 30)))
    return g.output(g.quantize(g.node(op, [g.real(a), g.real(b)]), y_scale))


def concat(scales=(0.05, 0.05, 0.05), zeros=(117, 117, 117), y_scale=0.05, y_zero=117, axis=1):
    g = Graph()
    parts = [g.real(g.input(1, 16 + 8 * i, 6, 5, scale=s, zero=z)) for i, (s, z) in enumerate(zip(scales, zeros))]
    return g.output(g.quantize(g.node("Concat", parts, axis=axis), y_scale, y_zero))


def average(op="AveragePool", shape=(1, 20, 9, 8), dtype=np.uint8, **attributes):
    g = Graph(dtype)
    inputs = [g.real(g.input(*shape))]
    if op == "ReduceMean":
        inputs.append(g.const(np.array(attributes.pop("axes"))))
    return g.output(g.quantize(g.node(op, inputs, **attributes), 0.03))


def silu(between=True):
    g = Graph()
    x = g.real(g.input(1, 6, 7, 5))
    s = g.node("Sigmoid", [x])
    if between:
        s = g.real(g.quantize(s, 1 / 256, 0))
    return g.output(g.quantize(g.node("Mul", [x, s]), 0.045))


def affine():
    """x * 1.7 - 0.3, clipped: one table"""
    g = Graph()
    y = g.node("Mul", [g.real(g.input(1, 4, 6, 6)), g.const(np.float32(1.7))])
    y = g.node("Sub", [y, g.const(np.float32(0.3))])
    y = g.node("Max", [y, g.const(np.float32(-2))])
    return g.output(g.quantize(y, 0.08))


def chain():
    """Reshape and Transpose between two convolutions that share no other node"""
    g = Graph()
    x = g.node("MaxPool", [g.real(g.input(1, 8, 12, 12))], kernel_shape=[3, 3], strides=[2, 2])
    x = g.node("Slice", [x, g.const(np.array([1])), g.const(np.array([5])), g.const(np.array([3]))])
    x = g.node("Transpose", [x], perm=[0, 2, 3, 1])
    x = g.node("Reshape", [x, g.const(np.array([1, -1]))])
    return g.output(g.quantize(x, 0.05, 117))


def excitation():
    """Squeeze and excite: a mean over the image, its Sigmoid, and a product for each channel"""
    g = Graph()
    x = g.real(g.input(1, 24, 7, 5))
    s = g.real(g.quantize(g.node("GlobalAveragePool", [x]), 0.03))
    s = g.real(g.quantize(g.node("Sigmoid", [s]), 1 / 256, 0))
    return g.output(g.quantize(g.node("Mul", [x, s]), 0.045))


def residual(dtype=np.uint8, first=False, oc=24, clamp=None, downsample=False, rounded=True, group=1, kernel=3):
    """A convolution's result, quantized unless told otherwise, and another tensor, added and quantized: one step."""
    g = Graph(dtype)
    x = g.real(g.input(1, 16, 11, 9))
    if downsample:
        r = g.real(g.quantize(g.node("Conv", [x, g.weights(oc, 16, 1, 1)]), 0.2))
    else:
        r = g.real(g.input(1, oc, 11, 9, scale=0.11))
    y = g.node("Conv", [x, g.weights(oc, 16 // group, kernel, kernel), g.bias(oc)], pads=[kernel // 2] * 4, group=group)
    y = g.real(g.quantize(y, 0.3)) if rounded else y
    y = g.node("Add", [r, y] if first else [y, r])
    y = g.node("Relu", [y]) if clamp is True else g.node("Clip", [y, *(g.const(np.float32(v)) for v in clamp)]) if clamp else y
    return g.output(g.quantize(y, 0.35))


def quantized_late(op="Conv", clamp=True, dtype=np.uint8):
    """Nothing between the product, Relu, MaxPool and Reshape, and a quantizer behind them"""
    g = Graph(dtype)
    x = g.real(g.input(1, 16, 11, 9) if op == "Conv" else g.input(3, 70))
    w = g.weights(24, 16, 3, 3) if op == "Conv" else g.weights(32, 70)
    y = g.node(op, [x, w, g.bias(24 if op == "Conv" else 32)], **({} if op == "Conv" else {"transB": 1}))
    y = g.node("Relu", [y]) if clamp else y
    if op == "Conv":
        y = g.node("MaxPool", [y], kernel_shape=[2, 2], strides=[2, 2])
    y = g.node("Reshape", [y, g.const(np.array([2, -1]))])
    return g.output(g.quantize(y, 0.3))


def joined_convs(scale=0.3):
    """Two convolutions and an input, side by side in channels"""
    g = Graph()
    x = g.input(1, 16, 7, 9)
    parts = [g.real(g.quantize(g.node("Conv", [g.real(x), g.weights(oc, 16, k, k)], pads=[k // 2] * 4), s, 90))
             for oc, k, s in ((24, 1, 0.3), (20, 3, scale))]
    parts.append(g.real(g.input(1, 8, 7, 9, scale=0.3, zero=90)))
    return g.output(g.quantize(g.node("Concat", parts, axis=1), 0.3, 90))


def signed_network(shows_all=False):
    """int8 everywhere inside, each operator once; what is added has about half the scale of the sum, so that every other sum is all but
    a tie, which the last bit decides; the sums are outputs, as real numbers. shows_all: with all int8 tensors as outputs, too."""
    g = Graph(np.int8)

    def all_but(scale):
        return scale * np.float32(1 + 2.0 ** -21)

    def q(real, scale, zero=-11):
        return g.quantize(real, scale, zero)

    def conv(x, oc, kernel=1, c=16, group=1):
        return g.node("Conv", [g.real(x), g.weights(oc, c // group, kernel, kernel), g.bias(oc)], pads=[kernel // 2] * 4, group=group)
    x = q(conv(g.input(1, 16, 17, 19), 16), 0.1)
    a = q(g.node("Relu", [conv(x, 16, 3)]), 0.05, -128)
    b = q(g.node("Add", [g.real(q(conv(a, 16), 0.1, 3)), g.real(x)]), all_but(0.2), 5)  # both roundings, in the store
    sums = [b]
    b = q(g.node("Add", [g.real(b), conv(b, 16, 3, group=16)]), 0.4, 7)  # one rounding
    c = q(g.node("Clip", [conv(b, 16), g.const(np.float32(-1)), g.const(np.float32(2))]), 0.4)
    c = q(g.node("Add", [g.real(b), g.real(c)]), all_but(0.8), 1)  # a step of its own
    sums += [b, c]
    c = q(g.node("Sub", [g.real(c), g.real(q(g.node("HardSwish", [g.real(c)]), 0.8, 2))]), 1.6)
    sums.append(c)
    c = q(g.node("Mul", [g.real(c), g.real(q(g.node("Sigmoid", [g.real(c)]), 1 / 256, -128))]), 0.2)
    c = g.node("MaxPool", [g.real(c)], kernel_shape=[3, 3], strides=[2, 2])
    c = g.node("Pad", [c, g.const(np.array([0, 0, 1, 1, 0, 0, 1, 1]))])
    d = q(g.node("AveragePool", [g.real(q(c, 0.2))], kernel_shape=[2, 2], pads=[1, 1, 0, 0]), 0.1)
    d = q(g.node("Concat", [g.real(d), g.real(q(conv(d, 8, 3), 0.3))], axis=1), 0.25, 9)
    d = q(g.node("GlobalAveragePool", [g.real(d)]), 0.1)
    d = g.node("Flatten", [g.real(d)])
    y = g.node("Gemm", [d, g.weights(10, 24), g.bias(10, 0.1)], transB=1)
    for v in (*sums, q(y, 0.2)):
        g.output(g.real(v), TensorProto.FLOAT)
    for node in g.nodes:
        if shows_all and node.op_type == "QuantizeLinear":
            g.output(node.output[0])
    return g


def contrib(op, y_scale=0.04, shape=(1, 12, 8, 6), second=None, **attributes):
    g = Graph()
    inputs = [*g.input(*shape)]
    if second:
        inputs += g.input(*second, scale=0.02, zero=40)
    y = g.node(op, [*inputs, *g.params(y_scale, 9)], domain="com.microsoft", **attributes)
    return g.output(y)


def qgemm(quantized=True):
    g = Graph()
    x, n = g.input(3, 40), 21
    w = g.const(g.dice.integers(-127, 128, (n, 40)).astype(np.int8))
    scale = g.dice.uniform(0.002, 0.02, n).astype(np.float32)
    bias = g.const(g.dice.integers(-9000, 9000, n).astype(np.int32))
    inputs = [*x, w, g.const(scale), g.const(np.zeros(n, np.int8)), bias]
    inputs += g.params(0.3, 80) if quantized else []
    y = g.node("QGemm", inputs, domain="com.microsoft", transB=1)
    return g.output(y, None if quantized else TensorProto.FLOAT)
