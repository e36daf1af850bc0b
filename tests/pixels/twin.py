#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The sections "Exact fold" and "YUV to RGB" of docs/arithmetic.md as a program of its own, in NumPy: the outputs of folded first
layers must be the engine's, bit for bit, at level ref and at the best of the machine.

    twin.py LIBOCTET.so          exit 77: no numpy
"""
import fractions
import pathlib
import sys

try:
    import numpy as np
except ImportError:
    sys.exit(77)

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/hostile"))
import onnx_bytes as ob  # noqa: E402
import octet_program as op  # noqa: E402

F32, F64 = np.float32, np.float64
TORCHVISION = {"mean": (123.675, 116.28, 103.53), "scale": (1 / 58.395, 1 / 57.12, 1 / 57.375)}
LAWS = {(0, 0): (18997, 32 - 1192, 102, 25, 52, 128), (0, 1): (16320, 32, 90, 22, 46, 113),
        (1, 0): (18997, 32 - 1192, 115, 14, 34, 128), (1, 1): (16320, 32, 101, 12, 30, 119)}


def fma(x, w, acc):
    """round32(x * w + acc), once: the product is exact in double, the sum is rounded to odd there and then to nearest."""
    p, a = x.astype(F64) * w.astype(F64), acc.astype(F64)
    s = p + a
    t = s - p
    rest = (p - (s - t)) + (a - t)  # s + rest is the exact sum
    even = (s.view(np.uint64) & 1) == 0
    return np.where((rest != 0) & even, np.nextafter(s, np.copysign(np.inf, rest)), s).astype(F32)


def check_fma(random):
    """The same against fractions, with terms that cancel and ties that two roundings would miss."""
    def bits(*shape):
        return random.integers(1 << 23, 1 << 24, shape).astype(F32) * F32(2) ** random.integers(-40, 4, shape).astype(F32)
    x, w = bits(4000), bits(4000)
    acc = np.where(random.random(4000) < 0.5, bits(4000), -x * w) * np.where(random.random(4000) < 0.5, F32(1), F32(-1))
    tie = 1 + F32(2) ** -23
    x, w, acc = np.append(x, [tie, tie]), np.append(w, [F32(2) ** -24, F32(2) ** -24]), np.append(acc, [F32(1), F32(-1)])
    for x, w, acc, got in zip(x, w, acc.astype(F32), fma(x, w, acc.astype(F32))):
        exact = fractions.Fraction(float(x)) * fractions.Fraction(float(w)) + fractions.Fraction(float(acc))
        near = [np.nextafter(got, F32(-np.inf)), got, np.nextafter(got, F32(np.inf))]
        off = [abs(fractions.Fraction(float(v)) - exact) for v in near]
        tied = off[0] == off[1] or off[1] == off[2]
        assert off[1] == min(off) and not (tied and got.view(np.uint32) & 1), (x, w, acc, got)


# ---- what is folded ----

class Case:
    """A model that begins with a convolution, and what it is bound to. steps: the model's own, ("Sub", [..]) and the like;
    reverse: channels swapped before them; product: Flatten and Gemm, which is a convolution with a kernel of the image's size."""

    def __init__(self, name, C=3, OC=4, H=20, W=24, K=(3, 3), stride=(1, 1), pads=(1, 1, 1, 1), dilation=(1, 1), group=1,
                 bias=True, steps=(), reverse=False, product=False, batch_norm=False, recipe=None,
                 order=op.RGB, pixels=op.Pixels(), raw=False):
        self.__dict__.update(locals())
        self.recipe = TORCHVISION if recipe is None else recipe
        random = np.random.default_rng(sum(name.encode()))
        self.w = random.normal(size=(OC, C // group, *K)).astype(F32) / F32(np.sqrt(C * K[0] * K[1]))
        self.b = random.normal(size=OC).astype(F32) if bias else None
        self.norm = np.abs(random.normal(size=(4, OC))).astype(F32) + F32(0.1) if batch_norm else None
        self.frame = random.integers(0, 256, self.frame_shape(), np.uint8)

    def frame_shape(self):
        p = self.pixels
        if p.format == op.NV12:
            return (1, self.H * 3 // 2, self.W)
        S = {op.PIXELS_GRAY: 1, op.PIXELS_RGBX: 4}.get(p.format, 3) if not self.raw else self.C
        return (1, S, self.H, self.W) if p.layout == op.NCHW or self.raw else (1, self.H, self.W, S)

    def onnx(self):
        own_u8, last, nodes, constants = bool(self.steps), "x", [], [ob.tensor("w", self.w.shape, ob.F32, self.w.tobytes())]
        if own_u8:
            nodes.append(ob.node("Cast", ["x"], ["f"], to=ob.F32))
            last = "f"
        if self.reverse:
            constants.append(ob.ints("order", *reversed(range(self.C))))
            nodes.append(ob.node("Gather", [last, "order"], ["g"], axis=1))
            last = "g"
        for i, (kind, values) in enumerate(self.steps):
            constants.append(ob.floats(f"c{i}", [1, self.C, 1, 1], *values))
            nodes.append(ob.node(kind, [last, f"c{i}"], [f"s{i}"]))
            last = f"s{i}"
        if self.bias:
            constants.append(ob.floats("b", [self.OC], *self.b))
        if self.product:
            constants[0] = ob.tensor("w", [self.OC, self.w[0].size], ob.F32, self.w.tobytes())
            nodes += [ob.node("Flatten", [last], ["flat"]), ob.node("Gemm", ["flat", "w", "b"], ["y"], transB=1)]
        else:
            nodes.append(ob.node("Conv", [last, "w"] + ["b"] * self.bias, ["n" if self.batch_norm else "y"], strides=self.stride,
                                 pads=self.pads, dilations=self.dilation, kernel_shape=self.K, group=self.group))
        if self.batch_norm:
            constants += [ob.floats(f"n{i}", [self.OC], *self.norm[i]) for i in range(4)]
            nodes.append(ob.node("BatchNormalization", ["n", "n0", "n1", "n2", "n3"], ["y"]))
        shape = [1, self.C, self.H, self.W]
        return ob.model(nodes, constants, [ob.value("x", shape, ob.U8 if own_u8 else ob.F32)],
                        [ob.value("y", [1, self.OC, *([] if self.product else self.out())])])

    def out(self):
        (H, W), (kh, kw), (dh, dw) = (self.H, self.W), self.K, self.dilation
        return ((H + self.pads[0] + self.pads[2] - dh * (kh - 1) - 1) // self.stride[0] + 1,
                (W + self.pads[1] + self.pads[3] - dw * (kw - 1) - 1) // self.stride[1] + 1)

    def compile(self, octet, cpu):
        if self.raw:
            return octet.compile(self.onnx(), cpu=cpu)
        return octet.compile(self.onnx(), op.FOLD, op.recipe(**self.recipe, order=self.order), self.pixels, cpu)


# ---- the law ----

def channels_of(case):
    """The frame as [H, W, S]: what the first layer's taps read."""
    p, x, (H, W) = case.pixels, case.frame[0], (case.H, case.W)
    if p.format == op.NV12:
        chroma = x[H:].reshape(H // 2, W // 2, 2).repeat(2, 0).repeat(2, 1)
        yuv = np.concatenate([x[:H, :, None], chroma], 2)
        return yuv if p.linear else to_rgb(yuv.astype(int), p.matrix, p.range)
    x = x.transpose(1, 2, 0) if p.layout == op.NCHW or case.raw else x
    return x[:, :, :3] if p.format == op.PIXELS_RGBX and case.C == 3 else x


def to_rgb(yuv, matrix, range_):
    """In integers, clipped."""
    gain, bias, v_r, u_g, v_g, u_b = LAWS[matrix, range_]
    t, u, v = (yuv[..., 0] * 257 * gain >> 16) + bias, yuv[..., 1] - 128, yuv[..., 2] - 128
    return np.clip(np.stack([t + v_r * v >> 6, t - u_g * u - v_g * v >> 6, t + u_b * u >> 6], -1), 0, 255)


def affine_of(matrix, range_):
    """RGB = M * YUV + t, without rounding and clip."""
    gain, bias, v_r, u_g, v_g, u_b = LAWS[matrix, range_]
    M, t = [], []
    for u, v in ((0, v_r), (-u_g, -v_g), (u_b, 0)):
        M.append([gain * 257.0 / 65536 / 64, u / 64.0, v / 64.0])
        t.append((bias - 32) / 64.0 - 128 * (u / 64.0 + v / 64.0))
    return M, t


def pixel_map(case, S):
    """matrix[c][s], offset[c], middle[s]: the model's channel c is sum matrix[c][s] * x[s] + offset[c]."""
    r, C = op.recipe(**case.recipe), case.C
    mean = [float(v) for v in r.mean[:C]]
    scale = [float(v) for v in r.scale[:C]] if any(r.scale[:C]) else [1.0] * C
    linear, middle = case.pixels.linear, [0.0] * S
    colour = [2 - c if case.order == op.BGR and c < 3 else c for c in range(C)]
    lies = [2 - s if case.pixels.format == op.PIXELS_BGR and s < 3 else s for s in range(S)]
    M, t = affine_of(case.pixels.matrix, case.pixels.range) if linear else (None, None)
    matrix = [[M[colour[c]][s] if linear else float(S == 1 or colour[c] == lies[s]) for s in range(S)] for c in range(C)]
    offset = [t[colour[c]] if linear else 0.0 for c in range(C)]
    for c in range(C):
        for s in range(S):
            middle[s] += (mean[c] if s == 0 else 128) / 3 if linear else mean[c] / C if S == 1 else matrix[c][s] * mean[c]
            matrix[c][s] *= scale[c]
        offset[c] = (offset[c] - mean[c]) * scale[c]
    return matrix, offset, middle


def chain_of(case):
    """The model's own steps: A[c], D[c] in double."""
    A, D = [1.0] * case.C, [0.0] * case.C
    for kind, values in case.steps:
        for c, k in enumerate(F32(values).astype(F64)):
            factor = float(k) if kind == "Mul" else 1 / float(k) if kind == "Div" else 1.0
            term = float(k) if kind == "Add" else -float(k) if kind == "Sub" else 0.0
            A[c], D[c] = A[c] * factor, D[c] * factor + term
    return A, D


def batch_norm_of(case):
    """e[o] and b[o], float32 values."""
    b = case.b if case.bias else np.zeros(case.OC, F32)
    if not case.batch_norm:
        return np.ones(case.OC), b.astype(F64)
    scale, shift, mean, var = case.norm.astype(F64)
    e = scale / np.sqrt(var + float(F32(1e-5)))
    return e.astype(F32).astype(F64), (b.astype(F64) * e + (shift - mean * e)).astype(F32).astype(F64)


def weights_of(case, S):
    """w[o][s][k] in float32 and term[o][k] in double, k = kh * KW + kw."""
    area, per_group = case.K[0] * case.K[1], case.C // case.group
    A, D = chain_of(case)
    e, _ = batch_norm_of(case)
    matrix, offset, middle = ([], [], []) if case.raw else pixel_map(case, S)
    total, term = np.zeros((case.OC, S, area)), np.zeros((case.OC, area))
    q = [case.C - 1 - c if case.reverse else c for c in range(case.C)]
    for o in range(case.OC):
        for i in range(per_group):
            c = o // (case.OC // case.group) * per_group + i
            from_ = case.w[o, i].reshape(-1).astype(F64)
            scale = e[o] * A[c]
            shift = e[o] * D[c] + (0 if case.raw else scale * offset[q[c]])
            term[o] += from_ * shift
            for s in range(S):
                if case.raw:
                    total[o, s] += from_ * scale if s == q[c] else 0
                else:
                    total[o, s] += from_ * scale * matrix[q[c]][s]
    w = total.astype(F32)
    for s in range(0 if case.raw else S):
        term += (total[:, s] - w[:, s].astype(F64)) * middle[s]
    return w, term


def inside(o, size, kernel, stride, pad, dilation):
    """First and one past the last tap of position o inside the image; (0, 0) if none."""
    t = [t for t in range(kernel) if 0 <= o * stride - pad + t * dilation < size]
    return (t[0], t[-1] + 1) if t else (0, 0)


def spans(case, axis):
    size, pads = (case.H, case.W)[axis], case.pads[axis]
    return [inside(o, size, case.K[axis], case.stride[axis], pads, case.dilation[axis]) for o in range(case.out()[axis])]


def biases_of(case, term, naive):
    """[OH, OW, OC]: the bias of each position's border class, float32."""
    (KH, KW), (_, b) = case.K, batch_norm_of(case)
    P = np.zeros((KH + 1, KW + 1, case.OC))
    for y in range(1, KH + 1):
        for x in range(1, KW + 1):
            P[y, x] = term[:, (y - 1) * KW + x - 1] + P[y - 1, x] + P[y, x - 1] - P[y - 1, x - 1]

    def bias(rows, cols):
        return (b + (P[rows[1], cols[1]] - P[rows[0], cols[1]] - P[rows[1], cols[0]] + P[rows[0], cols[0]])).astype(F32)
    if naive:
        return np.broadcast_to(bias((0, KH), (0, KW)), (*case.out(), case.OC)).copy()
    return np.array([[bias(rows, cols) for cols in spans(case, 1)] for rows in spans(case, 0)])


def reads(axis_spans, tap, stride, pad, dilation):
    """Output positions whose tap lies inside, and where it reads."""
    at = np.array([o for o, (begin, end) in enumerate(axis_spans) if begin <= tap < end], int)
    return at, at * stride - pad + tap * dilation


def twin(case, naive=False):
    x = channels_of(case).astype(F32)
    S = x.shape[2]
    w, term = weights_of(case, S)
    y = biases_of(case, term, naive)
    rows, cols = spans(case, 0), spans(case, 1)
    for kh in range(case.K[0]):
        oh, ih = reads(rows, kh, case.stride[0], case.pads[0], case.dilation[0])
        for kw in range(case.K[1]):
            ow, iw = reads(cols, kw, case.stride[1], case.pads[1], case.dilation[1])
            for s in range(S if len(oh) and len(ow) else 0):
                at = np.ix_(oh, ow)
                y[at] = fma(x[:, :, s][np.ix_(ih, iw)][:, :, None], w[:, s, kh * case.K[1] + kw], y[at])
    return y.transpose(2, 0, 1)


# ---- the table ----

def check_table(octet, level):
    """A first consumer that is no convolution: a table of 256 floats a channel."""
    frame = np.random.default_rng(5).integers(0, 256, (1, 9, 7, 3), np.uint8)
    onnx = ob.model([ob.node("Abs", ["x"], ["y"])], [], [ob.value("x", [1, 3, 9, 7])], [ob.value("y", [1, 3, 9, 7])])
    r = op.recipe(**TORCHVISION, order=op.BGR)
    program = octet.compile(onnx, op.FOLD, r, op.Pixels(), level)
    session = program.session()
    session.input[...] = frame
    table = (np.arange(256).astype(F32) - F32(r.mean[:3])[:, None]) * F32(r.scale[:3])[:, None]
    want = np.abs(np.stack([table[c][frame[..., 2 - c]] for c in range(3)], 1))
    assert program.placement() == op.LAYER and np.array_equal(session.run(), want)


# ---- the cases ----

def cases():
    sub_mul = (("Sub", (120, 110, 100)), ("Mul", (0.017, 0.0175, 0.0174)))
    return [
        Case("7x7 of ResNet, RGB", OC=64, H=224, W=224, K=(7, 7), stride=(2, 2), pads=(3, 3, 3, 3), bias=False),
        Case("3x3 of MobileNet, BatchNormalization behind", OC=32, H=96, W=96, stride=(2, 2), batch_norm=True),
        Case("BGR model, RGB planes", order=op.BGR, pixels=op.Pixels(layout=op.NCHW), H=33, W=31),
        Case("RGB model, BGR bytes, dilation, pads of four sizes", K=(5, 3), dilation=(2, 3), stride=(3, 2), pads=(4, 0, 1, 5),
             pixels=op.Pixels(format=op.PIXELS_BGR)),
        Case("RGBX, no padding", K=(2, 4), pads=(0, 0, 0, 0), pixels=op.Pixels(format=op.PIXELS_RGBX)),
        Case("three groups", OC=6, group=3, stride=(2, 1)),
        Case("gray into three channels", pixels=op.Pixels(format=op.PIXELS_GRAY)),
        Case("gray model", C=1, pixels=op.Pixels(format=op.PIXELS_GRAY), recipe={"mean": (33.3,), "scale": (0.0129,)}),
        Case("kernel larger than the image", H=5, W=4, K=(11, 9), stride=(2, 1), pads=(7, 6, 8, 6)),
        Case("Flatten and Gemm", OC=5, H=6, W=5, K=(6, 5), pads=(0, 0, 0, 0), product=True),
        Case("channels reversed, then Sub, Mul, nothing bound", steps=sub_mul, raw=True, reverse=True),
        Case("Cast, Sub, Mul of the model, nothing bound", steps=sub_mul, raw=True),
        Case("Cast, Add, Div of the model, RGB bytes bound", steps=(("Add", (-127, -126, -125)), ("Div", (58, 57, 56.5))),
             recipe={}, reverse=True),
        Case("NV12 with the clip, BT.709 full", pixels=op.Pixels(format=op.NV12, matrix=1, range=1)),
        Case("NV12 linear, BT.709 limited", pixels=op.Pixels(format=op.NV12, matrix=1, linear=1), stride=(2, 2), H=40, W=36),
        Case("NV12 linear, BT.601 full, BGR model", pixels=op.Pixels(format=op.NV12, range=1, linear=1), order=op.BGR),
    ]


def check(case, octet, levels):
    want, naive = twin(case), twin(case, naive=True)
    off = []
    for level in levels:
        program = case.compile(octet, level)
        assert program.placement() == op.FOLD or case.raw, f"{case.name}: not folded"
        session = program.session()
        session.input[...] = case.frame.reshape(session.input.shape)
        got = session.run()[0].reshape(want.shape)
        off.append(int((got.view(np.uint32) != want.view(np.uint32)).sum()))
    padded = any(case.pads) and not np.array_equal(naive, want)
    wrong = int((naive != want).any(0).sum())
    print(f"{case.name}: {sum(off)} of {len(levels)} x {want.size} outputs differ; with one bias for all {wrong} positions would, "
          f"by up to {np.abs(naive - want).max() / np.abs(want).max():.2g} of the largest output")
    return sum(off) == 0 and (padded or not any(case.pads))


def main():
    octet = op.Octet(sys.argv[1])
    levels = ["ref", None]  # None: the best of this machine
    check_fma(np.random.default_rng(1))
    failed = [case.name for case in cases() if not check(case, octet, levels)]
    for level in levels:
        check_table(octet, level)
    print("\n".join(f"FAILED {name}" for name in failed))
    return 1 if failed else 0


sys.exit(main())
