# SPDX-License-Identifier: Apache-2.0
"""ONNX messages byte by byte, right or wrong: every field can be given any value. Numbers of fields are those of onnx.proto."""
import struct

F32, U8, I32, I64 = 1, 2, 6, 7


def varint(n):
    out = b""
    n &= (1 << 64) - 1
    while n > 0x7F:
        out += bytes([n & 0x7F | 0x80])
        n >>= 7
    return out + bytes([n])


def number(field, value):
    return varint(field << 3) + varint(value)


def data(field, payload, claimed=None):
    """A length-delimited field; `claimed` is a length that may not be the true one."""
    payload = payload.encode() if isinstance(payload, str) else payload
    return varint(field << 3 | 2) + varint(len(payload) if claimed is None else claimed) + payload


def tensor(name, dims, dtype=F32, raw=None, claimed=None, external=None):
    out = b"".join(number(1, d) for d in dims) + number(2, dtype) + data(8, name)
    if raw is not None:
        out += data(9, raw, claimed)
    for key, value in (external or {}).items():
        out += data(13, data(1, key) + data(2, str(value)))
    return out + (number(14, 1) if external else b"")


def ints(name, *values):
    return tensor(name, [len(values)], I64, struct.pack(f"<{len(values)}q", *values))


def floats(name, dims, *values):
    return tensor(name, dims, F32, struct.pack(f"<{len(values)}f", *values))


def attribute(name, value):
    if isinstance(value, int):
        return data(1, name) + number(3, value) + number(20, 2)
    if isinstance(value, (list, tuple)):
        return data(1, name) + b"".join(number(8, v) for v in value) + number(20, 7)
    return data(1, name) + data(4, value) + number(20, 3)


def node(op, inputs, outputs, **attributes):
    return (b"".join(data(1, i) for i in inputs) + b"".join(data(2, o) for o in outputs) + data(3, f"{op}_{outputs[0]}") +
            data(4, op) + b"".join(data(5, attribute(k, v)) for k, v in attributes.items()))


def value(name, dims, dtype=F32):
    shape = b"".join(data(1, number(1, d)) for d in dims)
    return data(1, name) + data(2, data(1, number(1, dtype) + data(2, shape)))


def model(nodes, initializers=(), inputs=None, outputs=None, opset=17):
    inputs = [value("x", [1, 3, 8, 8])] if inputs is None else inputs
    outputs = [value("y", [1, 10])] if outputs is None else outputs
    graph = (b"".join(data(1, n) for n in nodes) + data(2, "g") + b"".join(data(5, t) for t in initializers) +
             b"".join(data(11, v) for v in inputs) + b"".join(data(12, v) for v in outputs))
    return number(1, 8) + data(7, graph) + data(8, data(1, "") + number(2, opset))
