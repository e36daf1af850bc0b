# SPDX-License-Identifier: Apache-2.0
"""Frames as the input of a folded model, against a conversion written anew here from docs/arithmetic.md; the second class
has one test for each defect of TI's RGB_YUV_model_converter.py."""
import numpy as np
import onnx
from onnx import TensorProto

from fold_case import NORMALIZE, FoldCase, infer, main, nchw, normalize, session
from fold_models import any_rank, conv_net, two_inputs

# 64ths: gain of luma, its offset with half a step, blue from U, green from U and V, red from V
LAWS = {("bt601", "limited"): (18997, 32 - 1192, 128, 25, 52, 102), ("bt601", "full"): (16320, 32, 113, 22, 46, 90),
        ("bt709", "limited"): (18997, 32 - 1192, 128, 14, 34, 115), ("bt709", "full"): (16320, 32, 119, 12, 30, 101)}
FORMATS = "NV12", "NV21", "I420", "YUYV"


def random_planes(h, w, seed=5, packed=False):
    rng = np.random.default_rng(seed)
    rows = h if packed else (h + 1) // 2
    return [rng.integers(0, 256, s, dtype=np.uint8) for s in ((h, w), (rows, (w + 1) // 2), (rows, (w + 1) // 2))]


def pack(y, u, v, form):
    """The bytes of a frame, in the shape that the model takes."""
    h, w = y.shape
    if form == "YUYV":
        even = np.zeros((h, u.shape[1] * 2), np.uint8)
        even[:, :w] = y
        return np.stack([even[:, ::2], u, even[:, 1::2], v], -1).reshape(1, h, -1)
    chroma = {"NV12": np.stack([u, v], -1).ravel(), "NV21": np.stack([v, u], -1).ravel(),
              "I420": np.concatenate([u.ravel(), v.ravel()])}[form]
    flat = np.concatenate([y.ravel(), chroma])
    return flat.reshape(1, -1) if h % 2 or w % 2 else flat.reshape(1, h * 3 // 2, w)


def enlarge(u, h, w):
    return np.repeat(np.repeat(u, 1 if u.shape[0] == h else 2, 0), 2, 1)[:h, :w].astype(np.int64)


def to_rgb(y, u, v, matrix="bt601", law_range="limited"):
    h, w = y.shape
    gain, bias, u_b, u_g, v_g, v_r = LAWS[matrix, law_range]
    u, v = enlarge(u, h, w) - 128, enlarge(v, h, w) - 128
    t = (y.astype(np.int64) * 257 * gain >> 16) + bias
    rgb = np.stack([t + v_r * v, t - u_g * u - v_g * v, t + u_b * u], -1) >> 6
    return np.clip(rgb, 0, 255).astype(np.uint8)[None]


class Conversion(FoldCase):
    def check(self, model, h, w, form, *flags, law=("bt601", "limited"), arrange=nchw, mean_order=slice(None)):
        out, _ = self.fold(model, "--pixels", form, *flags, *NORMALIZE)
        for seed in range(3):
            planes = random_planes(h, w, seed, form.startswith("YUYV"))
            rgb = to_rgb(*planes, *law)
            self.assert_close(infer(model, {"x": arrange(normalize(rgb[..., mean_order]))}),
                              infer(out, {"x": pack(*planes, form.split(",")[0])}), 1e-6)
        return out

    def test_every_format_and_law(self):
        for form in FORMATS:
            for law in LAWS:
                self.check(conv_net(), 16, 12, form, "--matrix", law[0], "--range", law[1], law=law)

    def test_every_luma_is_exact(self):
        """All 256 values of Y with all of U or V, through a model that gives its input back."""
        model = conv_net(size=(256, 512), batch=1)
        g = model.graph
        del g.node[:], g.initializer[:]
        g.node.append(onnx.helper.make_node("Identity", ["x"], ["logits"], "id"))
        g.output[0].CopyFrom(onnx.helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, 3, 256, 512]))
        every = np.arange(256, dtype=np.uint8)
        for law in LAWS:
            out, _ = self.fold(model, "--pixels", "YUYV", "--matrix", law[0], "--range", law[1])
            run = session(out)
            y = np.broadcast_to(every[:, None], (256, 512))
            ramp = np.broadcast_to(every[None], (256, 256))
            for u, v in ((ramp, np.roll(ramp, 77, 1)), (ramp[:, ::-1], ramp)):
                given = run.run(None, {"x": pack(y, u, v, "YUYV")})[0]
                self.assertEqual(np.abs(given - nchw(to_rgb(y, u, v, *law))).max(), 0)

    def test_odd_sizes(self):
        for form in FORMATS:
            for size in (15, 12), (16, 11), (7, 9), (1, 1):
                self.check(conv_net(size=size), *size, form)

    def test_other_axes_and_orders(self):
        for axes, arrange in (("NHWC", lambda x: x), ("CHW", lambda x: nchw(x)[0]), ("HWC", lambda x: x[0])):
            model = any_rank(axes)
            out, _ = self.fold(model, "--axes", axes, "--pixels", "NV12", *NORMALIZE)
            planes = random_planes(10, 8)
            frame = pack(*planes, "NV12")
            rank = len(onnx.load(out).graph.input[0].type.tensor_type.shape.dim)
            self.assertEqual(rank, len(axes) - 1)
            self.assert_close(infer(model, {"x": np.ascontiguousarray(arrange(normalize(to_rgb(*planes))))}),
                              infer(out, {"x": frame if "N" in axes else frame[0]}), 1e-6)
        self.check(conv_net(), 16, 12, "NV21", "--order", "BGR", mean_order=slice(None, None, -1))

    def test_every_form_of_the_operators(self):
        for opset, ir in ((7, 3), (9, 4), (10, 5), (11, 6), (13, 7), (18, 8), (21, 10)):
            for form in "NV12", "YUYV":
                self.check(conv_net(opset=opset, ir=ir, listed=ir == 3, size=(15, 11)), 15, 11, form)

    def test_linear(self):
        model = conv_net()
        out, _ = self.fold(model, "--pixels", "NV12", "--linear-yuv", *NORMALIZE)
        ops = [n.op_type for n in onnx.load(out).graph.node]
        self.assertNotIn("Clip", ops)
        self.assertNotIn("Floor", ops)
        y, u, v = random_planes(16, 12)
        y, u, v = y // 2 + 64, u // 8 + 112, v // 8 + 112  # nothing clips
        given, exact = infer(out, {"x": pack(y, u, v, "NV12")})[0], infer(model, {"x": nchw(normalize(to_rgb(y, u, v)))})[0]
        self.assertLess(np.abs(given - exact).max(), 0.02 * np.abs(exact).max())
        self.assertGreater(np.abs(given - exact).max(), 0)

    def test_twice_and_back(self):
        path = self.save(conv_net())
        for flags in ["--pixels", "I420,full"], ["--pixels", "YUYV", "--linear-yuv"]:
            out, _ = self.fold(path, *flags, *NORMALIZE)
            _, report = self.fold(out, *flags, *NORMALIZE, out="again.onnx")
            self.assertTrue(report["unchanged"])
            self.unfold(out, path)

    def test_refusals(self):
        self.assertIn("rgbx", self.refuse(conv_net(), "--pixels", "NV12", "--placement", "rgbx"))
        self.assertIn("one channel", self.refuse(conv_net(channels=1), "--pixels", "NV12", code=4))
        self.assertIn("--pixels NV12", self.refuse(conv_net(), "--matrix", "bt709"))
        self.assertIn("bt709", self.refuse(conv_net(), "--pixels", "NV12", "--matrix", "bt70"))
        self.assertIn("matrix", self.refuse(conv_net(), "--pixels", "RGB", "--matrix", "bt709"))
        free = conv_net()
        free.graph.input[0].type.tensor_type.shape.dim[2].dim_param = "height"
        self.assertIn("fixed", self.refuse(free, "--pixels", "NV12", "--dim", "height=16", code=4))


class RgbYuvModelConverter(FoldCase):
    def test_the_input_is_bytes(self):
        out, _ = self.fold(conv_net(), "--pixels", "NV12", *NORMALIZE)
        self.assertEqual(onnx.load(out).graph.input[0].type.tensor_type.elem_type, TensorProto.UINT8)

    def test_the_bias_of_the_conversion_has_one_dimension(self):
        out, _ = self.fold(conv_net(), "--pixels", "NV12", *NORMALIZE)  # and onnx's checker has passed it
        offset = next(i for i in onnx.load(out).graph.initializer if i.name.endswith("_offset"))
        self.assertEqual(list(offset.dims), [3])

    def test_the_operator_set_stays(self):
        out, _ = self.fold(conv_net(opset=17), "--pixels", "NV12", *NORMALIZE)
        self.assertEqual([(o.domain, o.version) for o in onnx.load(out).opset_import], [("", 17)])

    def test_several_inputs_and_any_of_them(self):
        model = two_inputs()
        out, _ = self.fold(model, "--input", "x", "--pixels", "NV12", *NORMALIZE)
        planes, side = random_planes(16, 12), np.ones((1, 8), np.float32)
        self.assert_close(infer(model, {"x": nchw(normalize(to_rgb(*planes))), "side": side}),
                          infer(out, {"x": pack(*planes, "NV12"), "side": side}), 1e-6)
        names = [i.name for i in onnx.load(out).graph.initializer]
        self.assertEqual(len(names), len(set(names)))

    def test_colours_are_clipped(self):
        model = conv_net()
        out, _ = self.fold(model, "--pixels", "NV12", *NORMALIZE)
        y, u, v = (np.full(s, 255, np.uint8) for s in ((16, 12), (8, 6), (8, 6)))
        self.assertEqual(to_rgb(y, u, v)[0, 0, 0].tolist(), [255, 125, 255])  # 474, 125 and 534 without the clip
        self.assert_close(infer(model, {"x": nchw(normalize(to_rgb(y, u, v)))}), infer(out, {"x": pack(y, u, v, "NV12")}),
                          1e-6)

    def test_std_and_scale_mean_what_they_mean_elsewhere(self):
        a, _ = self.fold(conv_net(), "--pixels", "NV12", "--mean", "128", "--std", "64", out="a.onnx")
        b, _ = self.fold(conv_net(), "--pixels", "NV12", "--mean", "128", "--scale", "0.015625", out="b.onnx")
        with open(a, "rb") as file_a, open(b, "rb") as file_b:
            self.assertEqual(file_a.read(), file_b.read())

    def test_without_an_output_nothing_happens(self):
        self.assertIn("-o", self.octet("fold", self.save(conv_net()), "--pixels", "NV12", code=2).stderr)


if __name__ == "__main__":
    main()
