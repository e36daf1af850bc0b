#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The section "Quantized operators" of docs/arithmetic.md as a program of its own, in NumPy, with an ONNX reader of its own: its
outputs on real quantized models and photographs must be the engine's, bit for bit, at every level of this machine.

    int8_twin.py LIBOCTET.so SHARED_DATA [N_IMAGES]        exit 77: no numpy or no data
"""
import pathlib
import struct
import sys

try:
    import numpy as np
except ImportError:
    sys.exit(77)

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "pixels"))
import octet_program as op  # noqa: E402

F32, F64 = np.float32, np.float64
MODELS = ["int8/squeezenet11_ptq_qdq", "int8/mobilenetv2_ptq_qdq", "int8/mobilenetv2_qlinear", "int8/resnet20_ptq_qdq"]


# ---- ONNX ----

def fields(data):
    """(number, value) of a protobuf message: integers, or bytes."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value
    while at < len(data):
        key = varint()
        n = {0: 0, 1: 8, 2: None, 5: 4}[key & 7]
        if n == 0:
            yield key >> 3, varint()
            continue
        n = varint() if n is None else n
        yield key >> 3, data[at:at + n]
        at += n


def signed(v):
    return v - (1 << 64) if v >> 63 else v


def ints(value):
    """A repeated integer, packed or one."""
    if isinstance(value, int):
        return [signed(value)]
    return [signed(v) for _, v in fields(b"".join(b"\x08" + p for p in split_varints(value)))]


def split_varints(data):
    start = 0
    for i, byte in enumerate(data):
        if byte < 128:
            yield data[start:i + 1]
            start = i + 1


def tensor(data):
    dims, dtype, name, raw, parts = [], 1, "", None, []
    for number, v in fields(data):
        if number == 1:
            dims += ints(v)
        elif number == 2:
            dtype = v
        elif number == 8:
            name = v.decode()
        elif number == 9:
            raw = v
        elif number == 4:
            raw = (raw or b"") + (v if isinstance(v, bytes) else struct.pack("<f", v))
        elif number in (5, 7):
            parts += ints(v)
    kind = {1: F32, 2: np.uint8, 3: np.int8, 6: np.int32, 7: np.int64}[dtype]
    values = np.frombuffer(raw, kind) if raw is not None else np.array(parts).astype(kind)
    return name, values.reshape(dims)


class Node:
    def __init__(self, data):
        self.inputs, self.outputs, self.op, self.attributes = [], [], "", {}
        for number, v in fields(data):
            if number == 1:
                self.inputs.append(v.decode())
            elif number == 2:
                self.outputs.append(v.decode())
            elif number == 4:
                self.op = v.decode()
            elif number == 5:
                self.add_attribute(v)

    def add_attribute(self, data):
        name, value = "", []
        for number, v in fields(data):
            if number == 1:
                name = v.decode()
            elif number == 2:
                value += struct.unpack("<f", v)
            elif number in (3, 8):
                value += ints(v)
            elif number == 5:
                value.append(tensor(v)[1])
        self.attributes[name] = value

    def get(self, name, default):
        return self.attributes.get(name) or default


def read_model(path):
    """(nodes, constants, name of the input, name of the output)"""
    graph = dict(fields(path.read_bytes()))[7]
    nodes, constants, inputs, outputs = [], {}, [], []
    for number, v in fields(graph):
        if number == 1:
            nodes.append(Node(v))
        elif number == 5:
            name, values = tensor(v)
            constants[name] = values
        elif number in (11, 12):
            (inputs if number == 11 else outputs).append(dict(fields(v))[1].decode())
    return nodes, constants, [i for i in inputs if i not in constants][0], outputs[0]


# ---- the arithmetic ----

def saturate(rounded, zero):
    """rint'ed floats plus a zero point, in the zero point's type."""
    limits = np.iinfo(zero.dtype)
    return np.clip(rounded.astype(F64) + zero.astype(F64), limits.min, limits.max).astype(zero.dtype)


def fma(x, w, acc):
    """round32(x * w + acc), once: the product of float32 numbers is exact in double; a sum that is not becomes that one of its two
    neighbours whose last bit is 1, which float32 rounds as it would the sum itself."""
    p, a = np.asarray(x, F64) * np.asarray(w, F64), np.asarray(acc, F64)
    s = np.atleast_1d(p + a)
    t = s - p
    error = (p - (s - t)) + (a - t)
    even = (s.view(np.int64) & 1) == 0
    odd = np.where((error != 0) & even, np.nextafter(s, np.copysign(np.inf, error)), s)
    return odd.astype(F32).reshape(np.broadcast(p, a).shape)


class Quantized:
    """A tensor q with real values (q - zero) * scale; scale and zero may have one entry per channel of axis 0."""

    def __init__(self, q, scale, zero):
        self.q, self.scale, self.zero = q, np.asarray(scale, F32), np.zeros((), q.dtype) if zero is None else np.asarray(zero)

    def centred(self):
        shape = (-1,) + (1,) * (self.q.ndim - 1) if self.zero.size > 1 else ()
        return self.q.astype(F64) - self.zero.reshape(shape).astype(F64)

    def real(self):
        return self.centred().astype(F32) * self.scale


class Sum:
    """An exact integer sum, and the float32 multipliers that a result's scale gives: requantized once."""

    def __init__(self, acc, multiplier):
        self.acc, self.multiplier = acc, multiplier

    def quantize(self, scale, zero):
        return saturate(np.rint(self.acc.astype(F32) * self.multiplier(scale)), zero)


def multiplier_of(x, w, axes):
    return lambda scale: ((x.scale * w.scale) / scale).reshape((-1,) + (1,) * axes if w.scale.size > 1 else ())


def conv(x, w, bias, node):
    group, pads = node.get("group", [1])[0], node.get("pads", [0] * 4)
    sh, sw = node.get("strides", [1, 1])
    v, k = x.centred(), w.centred()
    v = np.pad(v, ((0, 0), (0, 0), (pads[0], pads[2]), (pads[1], pads[3])))
    n, c, height, width = v.shape
    oc, icg, kh, kw = k.shape
    oh, ow = (height - kh) // sh + 1, (width - kw) // sw + 1
    acc = np.zeros((n, group, oc // group, oh * ow))
    for i in range(kh):
        for j in range(kw):
            part = v[:, :, i:i + sh * (oh - 1) + 1:sh, j:j + sw * (ow - 1) + 1:sw].reshape(n, group, icg, oh * ow)
            acc += k[:, :, i, j].reshape(group, oc // group, icg) @ part
    acc = acc.reshape(n, oc, oh, ow) + (0 if bias is None else bias.q.astype(F64).reshape(-1, 1, 1))
    return Sum(acc, multiplier_of(x, w, 2))


def add(a, b):
    if isinstance(a, Sum) or isinstance(b, Sum):
        return add_sum(a, b) if isinstance(a, Sum) else add_sum(b, a)

    def quantize(scale, zero):
        ra, rb = a.scale / scale, b.scale / scale
        c = F32(zero) - fma(ra, F32(a.zero), rb * F32(b.zero))
        r = np.rint(fma(a.q, ra, fma(b.q, rb, c)))
        return saturate(r, np.zeros((), zero.dtype))
    return quantize


def add_sum(s, r):
    def quantize(scale, zero):
        rr = r.scale / scale
        return saturate(np.rint(fma(s.acc.astype(F32), s.multiplier(scale), fma(r.q, rr, -(rr * F32(r.zero))))), zero)
    return quantize


def average(x, node):
    k = node.get("kernel_shape", list(x.q.shape[2:]))
    assert k == list(x.q.shape[2:]), "only averages over the whole image"
    n = F32(k[0] * k[1])
    return Sum(x.centred().sum((2, 3), keepdims=True), lambda scale: x.scale / (scale * n))


def max_pool(x, node):
    kh, kw = node.get("kernel_shape", None)
    sh, sw = node.get("strides", [1, 1])
    pads, ceil = node.get("pads", [0] * 4), node.get("ceil_mode", [0])[0]
    size = [-(-(d + pads[i] + pads[i + 2] - k) // s) + 1 if ceil else (d + pads[i] + pads[i + 2] - k) // s + 1
            for i, (d, k, s) in enumerate(zip(x.q.shape[2:], (kh, kw), (sh, sw)))]
    low = np.iinfo(x.q.dtype).min
    v = np.pad(x.q, ((0, 0), (0, 0), (pads[0], pads[2] + kh * sh), (pads[1], pads[3] + kw * sw)), constant_values=low)
    taps = [v[:, :, i:i + sh * (size[0] - 1) + 1:sh, j:j + sw * (size[1] - 1) + 1:sw] for i in range(kh) for j in range(kw)]
    return Quantized(np.maximum.reduce(taps), x.scale, x.zero)


def requantize(x, scale, zero):
    """A table: real numbers to another scale; bytes of the same scale and zero point stay as they are."""
    if x.scale == scale and x.zero == zero:
        return x.q
    return saturate(np.rint(x.real() / scale), zero)


def product(x, w, bias):
    acc = x.centred() @ w.centred() + (0 if bias is None else bias.q.astype(F64))
    return Sum(acc, lambda scale: (x.scale * w.scale) / scale)


def transposed(w):
    t = Quantized(w.q, w.scale, w.zero)
    t.centred = lambda: w.centred().T
    return t


# ---- the graph ----

def to_type(value, scale, zero):
    if isinstance(value, np.ndarray):
        return saturate(np.rint(value / scale), zero)
    if isinstance(value, Quantized):
        return requantize(value, scale, zero)
    if isinstance(value, list):  # parts of a Concat
        return np.concatenate([requantize(v, scale, zero) for v in value], 1)
    return value(scale, zero) if callable(value) else value.quantize(scale, zero)


def q_args(a, i):
    return Quantized(a[i], a[i + 1], a[i + 2])


def run_node(node, a):
    o = node.op
    if o == "QuantizeLinear":
        return to_type(a[0], a[1], a[2])
    if o == "DequantizeLinear":
        return Quantized(a[0], a[1], a[2] if len(a) > 2 else None)
    if o in ("Relu", "Clip"):  # idle: the range of the 8 bits ends there
        return a[0]
    if o == "Conv":
        return conv(a[0], a[1], a[2] if len(a) > 2 else None, node)
    if o == "QLinearConv":
        bias = Quantized(a[8], F32(1), None) if len(a) > 8 else None
        return conv(q_args(a, 0), q_args(a, 3), bias, node).quantize(a[6], a[7])
    if o == "Gemm":
        return product(a[0], transposed(a[1]) if node.get("transB", [0])[0] else a[1], a[2] if len(a) > 2 else None)
    if o == "QLinearMatMul":
        return product(q_args(a, 0), q_args(a, 3), None).quantize(a[6], a[7])
    if o == "Add":
        return add(a[0], a[1])
    if o == "QLinearAdd":
        return add(q_args(a, 0), q_args(a, 3))(a[6], a[7])
    if o in ("GlobalAveragePool", "AveragePool"):
        return average(a[0], node)
    if o == "QLinearGlobalAveragePool":
        return average(q_args(a, 0), node).quantize(a[3], a[4])
    if o == "MaxPool":
        return max_pool(a[0], node)
    if o == "Concat":
        return a
    if o == "Reshape":
        x = a[0].q if isinstance(a[0], Quantized) else a[0]
        y = x.reshape([x.shape[i] if d == 0 else d for i, d in enumerate(a[1].tolist())])
        return Quantized(y, a[0].scale, a[0].zero) if isinstance(a[0], Quantized) else y
    raise ValueError(o)


def run_model(model, x):
    nodes, constants, name, out = model
    values = dict(constants)
    values[name] = x
    for node in nodes:
        values[node.outputs[0]] = run_node(node, [values[i] for i in node.inputs])
    y = values[out]
    return y.real() if isinstance(y, Quantized) else y


# ---- against the engine ----

def inputs(shared, model, n):
    random = np.random.default_rng(3)
    if "resnet20" in model:
        pixels = np.frombuffer((shared / "images/cifar10/test500.bin").read_bytes(), np.uint8).reshape(-1, 3073)[:n, 1:]
        pixels = pixels.reshape(-1, 3, 32, 32)
    else:
        pixels = np.fromfile(shared / "images/imagenet40_224.u8", np.uint8, n * 150528).reshape(n, 224, 224, 3).transpose(0, 3, 1, 2)
    for image in pixels:
        yield ((image.astype(F32) - F32(114)) / F32(57))[None]
    yield random.normal(0, 2, (1,) + pixels.shape[1:]).astype(F32)


def main():
    shared = pathlib.Path(sys.argv[2])
    if not (shared / "models").is_dir():
        sys.exit(77)
    octet, n, n_wrong = op.Octet(sys.argv[1]), int(sys.argv[3]) if len(sys.argv) > 3 else 2, 0
    for name in MODELS:
        path = shared / "models" / (name + ".onnx")
        model = read_model(path)
        sessions = {cpu: octet.compile(path, cpu=cpu).session(2) for cpu in octet.levels()}
        for i, x in enumerate(inputs(shared, name, n)):
            want = run_model(model, x)
            for cpu, session in sessions.items():
                session.input[...] = x
                got = session.run()
                same = want.dtype == got.dtype and np.array_equal(want.reshape(got.shape).view(np.uint8), got.view(np.uint8))
                n_wrong += not same
                print(f"{name}, image {i}, {cpu}: {'same bits' if same else 'DIFFERENT'}")
    sys.exit(n_wrong != 0)


if __name__ == "__main__":
    main()
