#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The section "Quantizing a float model" of docs/arithmetic.md as a program of its own, in NumPy: it finds out which tensors have a
range, quantizes weights and biases, and its outputs must be the engine's, bit for bit, at every level of this machine.

    quantize_twin.py LIBOCTET.so MODEL.onnx...        exit 77: no numpy or no model

It knows Conv, BatchNormalization, Relu, Clip, Add, MaxPool, GlobalAveragePool, Reshape, Flatten and Gemm.
"""
import pathlib
import sys

try:
    import numpy as np
except ImportError:
    sys.exit(77)

here = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(here.parent / "models"), str(here.parent / "pixels")]
import int8_twin as law  # noqa: E402
import octet_program as op  # noqa: E402

F32, F64 = np.float32, np.float64
MOVES = ("MaxPool", "Reshape", "Flatten")
N_CALIBRATION, N_JUDGED = 8, 2


# ---- the float network ----

def fold_norms(nodes, constants):
    """BatchNormalization goes into the convolution in front of it: scale and bias for each output channel."""
    maker = {n.outputs[0]: n for n in nodes}
    for n in nodes:
        n.scale = n.bias = None
        if n.op == "Conv" and len(n.inputs) > 2:
            n.bias = constants[n.inputs[2]]
        if n.op != "BatchNormalization":
            continue
        scale, bias, mean, var = (constants[i].astype(F64) for i in n.inputs[1:5])
        conv, s = maker[n.inputs[0]], scale / np.sqrt(var + F64(F32(n.get("epsilon", [1e-5])[0])))
        before = 0 if conv.bias is None else conv.bias.astype(F64)
        conv.scale, conv.bias = s.astype(F32), (before * s + (bias - mean * s)).astype(F32)
        conv.outputs = n.outputs
    return [n for n in nodes if n.op not in ("BatchNormalization", "Constant")]


def with_ranges(nodes, name):
    """The names of the tensors that have a range of their own; images that are added have one shape in these networks."""
    readers, place = {}, {}
    for i, n in enumerate(nodes):
        place[n.outputs[0]] = i
        for v in n.inputs:
            readers.setdefault(v, []).append(n)
    convs = {n.outputs[0] for n in nodes if n.op == "Conv"}

    def only(v, *ops):
        return len(readers.get(v, ())) == 1 and readers[v][0].op in ops

    def is_added(v):
        if v not in convs or not only(v, "Add"):
            return False
        other = [i for i in readers[v][0].inputs if i != v][0]
        return not (other in convs and only(other, "Add") and place[other] > place[v])
    named = {name}
    for n in nodes:
        v = n.outputs[0]
        last = n.op == "Gemm" and not any(m.op in ("Conv", "Gemm") for m in nodes[place[v] + 1:])
        if n.op not in MOVES and not last and not (n.op not in ("Relu", "Clip") and only(v, "Relu", "Clip")) and not is_added(v):
            named.add(v)
    return named


# ---- numbers ----

def parameters(low, high):
    lo, hi = min(F32(low), F32(0)), max(F32(high), F32(0))
    scale = F32((F64(hi) - F64(lo)) / 255)
    return scale, np.uint8(np.rint(-lo / scale))


def double_multiplier(x, w, axes):
    shape = (-1,) + (1,) * axes
    return lambda scale: (F64(x.scale) * w.scale.astype(F64) / F64(scale)).astype(F32).reshape(shape)


def weights(x, w, bias):
    """w [o, ...] and bias as integers."""
    b = np.zeros(len(w), F32) if bias is None else bias
    largest = np.abs(w).reshape(len(w), -1).max(1).astype(F64)
    steps = np.maximum(largest / 127, np.abs(b).astype(F64) / (F64(x.scale) * 2.0 ** 24))
    scale = np.where(steps == 0, 1, steps).astype(F32)
    wide = scale.astype(F64).reshape((-1,) + (1,) * (w.ndim - 1))
    q = np.clip(np.rint(w.astype(F64) / wide), -127, 127).astype(np.int8)
    q_bias = np.rint(b.astype(F64) / (F64(x.scale) * scale.astype(F64))).astype(np.int32)
    zero = np.zeros(len(w), np.int8)
    return law.Quantized(q, scale, zero), law.Quantized(q_bias, F32(1), None)


def conv(x, node, constants):
    w = constants[node.inputs[1]]
    if node.scale is not None:
        w = w * node.scale.reshape(-1, 1, 1, 1)
    q, bias = weights(x, w, node.bias)
    s = law.conv(x, q, bias, node)
    s.multiplier = double_multiplier(x, q, 2)
    return s


def gemm(x, node, constants):
    w, bias = constants[node.inputs[1]], constants[node.inputs[2]]
    q, b = weights(x, w if node.get("transB", [0])[0] else w.T, bias)
    s = law.Sum(x.centred() @ q.centred().T + b.q.astype(F64), double_multiplier(x, q, 0))
    s.real = s.acc.astype(F32) * (x.scale * q.scale)
    return s


def run_node(node, values):
    x = values[node.inputs[0]]
    if node.op == "Conv":
        return conv(x, node, values)
    if node.op == "Gemm":
        return gemm(x, node, values)
    if node.op == "Flatten":
        return law.Quantized(x.q.reshape(len(x.q), -1), x.scale, x.zero)
    return law.run_node(node, [values[i] for i in node.inputs if i])


def run(nodes, constants, ranges, name, out, image):
    values = dict(constants)
    values[name] = image
    for n in [None, *nodes]:
        v = n.outputs[0] if n else name
        if n:
            values[v] = run_node(n, values)
        if v in ranges:
            scale, zero = parameters(*ranges[v])
            values[v] = law.Quantized(law.to_type(values[v], scale, zero), scale, zero)
    return values[out].real


# ---- against the engine ----

def compare(octet, path):
    nodes, constants, name, out = law.read_model(path)
    for n in nodes:
        if n.op == "Constant":
            constants[n.outputs[0]] = n.attributes["value"][0]
    nodes = fold_norms(nodes, constants)
    shape = octet.compile(path).session().input.shape
    random = np.random.default_rng(7)
    images = random.normal(0, 1, (N_CALIBRATION + N_JUDGED, *shape)).astype(F32)
    calibration = octet.calibrate(path, images[:N_CALIBRATION])
    ranges = calibration.ranges()
    n_wrong = ranges.keys() != with_ranges(nodes, name)
    if n_wrong:
        print("other tensors have ranges:", ranges.keys() ^ with_ranges(nodes, name))
    sessions = {cpu: octet.compile(path, cpu=cpu, calibration=calibration).session(2) for cpu in octet.levels()}
    for i, image in enumerate(images[N_CALIBRATION:]):
        want = run(nodes, constants, ranges, name, out, image)
        for cpu, session in sessions.items():
            session.input[...] = image
            got = session.run()
            same = want.dtype == got.dtype and np.array_equal(want.reshape(got.shape).view(np.uint8), got.view(np.uint8))
            n_wrong += not same
            print(f"{path.name}, image {i}, {cpu}: {'same bits' if same else 'DIFFERENT'}")
    return n_wrong


def main():
    octet, paths = op.Octet(sys.argv[1]), [pathlib.Path(p) for p in sys.argv[2:]]
    there = [p for p in paths if p.exists()]
    sys.exit(77 if not there else sum(compare(octet, p) for p in there) != 0)


main()
