# SPDX-License-Identifier: Apache-2.0
"""What TI's tools do wrong when they move the normalization into an ONNX file, one test for each defect: the first class
those of onnx_model_opt.py in the order of the code, the second those of its successor input_optimization.py."""
import os
import pathlib

import numpy as np
import onnx
from onnx import TensorProto, helper

from fold_case import MEAN, NORMALIZE, OURS, STD, FoldCase, images, infer, main, nchw, normalize
from fold_models import already_normalized, any_rank, conv_net, two_inputs, two_uses


class OnnxModelOpt(FoldCase):
    def test_01_other_inputs_and_outputs_stay(self):
        model = two_inputs()
        out, _ = self.fold(model, "--input", "x", *NORMALIZE)
        folded = onnx.load(out)
        self.assertEqual([i.name for i in folded.graph.input], ["side", "x"])
        self.assertEqual([o.name for o in folded.graph.output], ["logits", "sum"])
        side = np.random.default_rng(1).standard_normal((1, 8)).astype(np.float32)
        for x in images(1, 16, 12):
            self.assert_close(infer(model, {"x": nchw(normalize(x)), "side": side}), infer(out, {"x": nchw(x), "side": side}))

    def test_01_which_of_several_inputs_is_asked(self):
        message = self.refuse(two_inputs(), *NORMALIZE)
        self.assertIn("'side', 'x'", message)
        self.assertIn("'y'", self.refuse(two_inputs(), "--input", "y", *NORMALIZE))

    def test_02_weights_listed_as_inputs_are_no_inputs(self):
        model = conv_net(listed=True, ir=3, opset=8)
        self.assertNotEqual(model.graph.input[0].name, "x")
        out, report = self.fold(model, *NORMALIZE)
        self.assertEqual(report["input"], "x")
        folded = onnx.load(out)
        self.assertEqual([i.name for i in folded.graph.input], [i.name for i in model.graph.input])
        for x in images(1, 16, 12):
            self.assert_close(infer(model, {"x": nchw(normalize(x))}), infer(out, {"x": nchw(x)}))

    def test_02_rgbx_of_weights_listed_as_inputs(self):
        model = conv_net(listed=True, ir=3, opset=8)
        out, _ = self.fold(model, "--placement", "rgbx", *NORMALIZE)
        shape = next(i for i in onnx.load(out).graph.input if i.name == "w").type.tensor_type.shape
        self.assertEqual([d.dim_value for d in shape.dim], [8, 4, 3, 3])

    def test_03_nhwc_models(self):
        model = conv_net(layout="NHWC")
        for flags in (), ("--placement", "rgbx"):
            out, _ = self.fold(model, *flags, *NORMALIZE)
            for x in images(1, 16, 12):
                white = np.full((1, 16, 12, 1), 255, np.uint8)
                given = np.concatenate([x, white], -1) if flags else x
                self.assert_close(infer(model, {"x": normalize(x)}), infer(out, {"x": given}))

    def test_04_a_named_batch_stays_free(self):
        model = conv_net(batch="batch_size")
        out, _ = self.fold(model, *NORMALIZE)
        shape = onnx.load(out).graph.input[0].type.tensor_type.shape
        self.assertEqual(shape.dim[0].dim_param, "batch_size")
        x = images(3, 16, 12)[0]
        self.assert_close(infer(model, {"x": nchw(normalize(x))}), infer(out, {"x": nchw(x)}))

    def test_05_gray_models(self):
        model = conv_net(channels=1)
        out, _ = self.fold(model, "--mean", "33", "--std", "78")
        for x in images(1, 16, 12, 1):
            self.assert_close(infer(model, {"x": nchw(normalize(x, 33, 78))}), infer(out, {"x": nchw(x)}))
        self.assertIn("1 channel", self.refuse(model, *NORMALIZE))

    def test_05_one_value_serves_all_channels(self):
        model = conv_net()
        out, _ = self.fold(model, "--mean", "127.5", "--std", "127.5")
        for x in images(1, 16, 12):
            self.assert_close(infer(model, {"x": nchw(normalize(x, 127.5, 127.5))}), infer(out, {"x": nchw(x)}))

    def test_06_all_operator_sets_stay(self):
        model = conv_net()
        model.opset_import.insert(0, helper.make_opsetid("ai.onnx.ml", 2))
        model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
        out, _ = self.fold(model, *NORMALIZE)
        self.assertEqual([(o.domain, o.version) for o in onnx.load(out).opset_import],
                         [("ai.onnx.ml", 2), ("", 13), ("com.microsoft", 1)])

    def test_07_ir_version_stays(self):
        for ir in 4, 8:
            out, _ = self.fold(conv_net(ir=ir), *NORMALIZE)
            self.assertEqual(onnx.load(out).ir_version, ir)

    def test_08_everything_else_stays(self):
        model = conv_net()
        model.doc_string, model.graph.doc_string, model.domain, model.model_version = "about", "graph", "org.test", 42
        model.graph.node[0].doc_string = "first"
        onnx.helper.set_model_props(model, {"author": "somebody", "trained": "yes"})
        model.graph.value_info.append(helper.make_tensor_value_info("relu", TensorProto.FLOAT, ["N", 8, 8, 6]))
        model.graph.value_info.append(helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 3, 16, 12]))
        note = model.graph.quantization_annotation.add(tensor_name="x")
        note.quant_parameter_tensor_names.add(key="SCALE_TENSOR", value="b")
        model.opset_import.append(helper.make_opsetid("mine", 1))
        model.functions.append(helper.make_function("mine", "Twice", ["x"], ["y"],
                                                    [helper.make_node("Add", ["x", "x"], ["y"])],
                                                    [helper.make_opsetid("", 13)]))
        out, _ = self.fold(model, *NORMALIZE)
        folded = onnx.load(out)
        kept = onnx.ModelProto()
        kept.CopyFrom(folded)
        del kept.metadata_props[:]
        kept.metadata_props.extend(p for p in folded.metadata_props if p.key not in OURS)
        del kept.graph.node[:3], kept.graph.initializer[-2:]
        kept.graph.node[0].input[0] = "x"
        kept.graph.value_info[1].name = kept.graph.quantization_annotation[0].tensor_name = "x"
        kept.graph.input[0].type.tensor_type.elem_type = TensorProto.FLOAT
        self.assertEqual(kept, model)
        new = folded.graph.node[3].input[0]
        self.assertEqual((folded.graph.value_info[1].name, folded.graph.quantization_annotation[0].tensor_name), (new, new))

    def test_09_argmax_of_1000_classes_is_not_narrowed(self):
        model = conv_net(classes=1000)
        message = self.refuse(model, "--argmax", "--argmax-type", "uint8", *NORMALIZE)
        for word in "1000 classes", "256", "uint16":
            self.assertIn(word, message)
        for flags, dtype in ((), np.int64), (("--argmax-type", "uint16"), np.uint16):
            out, _ = self.fold(model, "--argmax", *flags, *NORMALIZE)
            for x in images(2, 16, 12):
                best = infer(model, {"x": nchw(normalize(x))})[0].argmax(1)
                given = infer(out, {"x": nchw(x)})[0]
                self.assertEqual((given.dtype, given.shape), (dtype, (2,)))
                self.assertEqual(given.tolist(), best.tolist())

    def test_09_uint8_holds_256_classes(self):
        out, _ = self.fold(conv_net(classes=256), "--argmax", "--argmax-type", "uint8", *NORMALIZE)
        self.assertEqual(onnx.load(out).graph.output[0].type.tensor_type.elem_type, TensorProto.UINT8)
        self.assertIn("257", self.refuse(conv_net(classes=257), "--argmax", "--argmax-type", "uint8", *NORMALIZE))

    def test_10_float16_models_get_float16(self):
        model = conv_net(dtype="float16")
        out, _ = self.fold(model, *NORMALIZE)
        for x in images(1, 16, 12):
            self.assert_close(infer(model, {"x": nchw(normalize(x)).astype(np.float16)}), infer(out, {"x": nchw(x)}),
                              2 ** -9)  # ONNX Runtime fuses otherwise where a Cast comes first: a step of float16 or two
        self.fold(conv_net(dtype="float64"), *NORMALIZE)  # ONNX Runtime has no Conv of this type; Octet's proof stands

    def test_11_twice_is_once(self):
        for flags in (), ("--placement", "rgbx"), ("--argmax",), ("--pixels", "BGR,NHWC"):
            out, first = self.fold(conv_net(), *flags, *NORMALIZE)
            again, second = self.fold(out, *flags, *NORMALIZE, out="again.onnx")
            self.assertEqual(pathlib.Path(out).read_bytes(), pathlib.Path(again).read_bytes())
            self.assertEqual((first["unchanged"], second["unchanged"]), (False, True))
        self.assertIn("--unfold", self.refuse(out, "--mean", "1.5"))

    def test_12_failure_has_an_exit_code_and_leaves_what_was_there(self):
        path = self.save(conv_net())
        target = self.path("there.onnx")
        pathlib.Path(target).write_bytes(b"precious")
        self.octet("fold", path, "-o", target, "--argmax", "--argmax-type", "uint8", "--input", "nothing", *NORMALIZE, code=2)
        self.octet("fold", self.path("none.onnx"), "-o", target, *NORMALIZE, code=3)
        self.octet("fold", path, "-o", target, "--placement", "rgbx", "--tolerance", "1e-12", *NORMALIZE, code=1)
        self.assertEqual(pathlib.Path(target).read_bytes(), b"precious")
        self.assertEqual(sorted(os.listdir(self.folder.name)), ["model.onnx", "there.onnx"])

    def test_13_in_place_and_back(self):
        path = self.save(conv_net())
        original = pathlib.Path(path).read_bytes()
        self.octet("fold", path, "-o", path, *NORMALIZE)
        recorded = {p.key: p.value for p in onnx.load(path).metadata_props}
        self.assertIn("mean=123.675,116.28,103.53", recorded["octet.recipe"])
        self.octet("fold", path, "-o", path, "--unfold")
        self.assertEqual(pathlib.Path(path).read_bytes(), original)

    def test_14_order_layout_resize_and_crop(self):
        model = conv_net()
        for layout in "NHWC", "NCHW":
            for pixels in "RGB", "BGR", "RGBX":
                for order in "RGB", "BGR":
                    out, _ = self.fold(model, "--pixels", f"{pixels},{layout}", "--order", order, "--resize", "20",
                                       "--crop", "12x16", *NORMALIZE)
                    for rgb in images(2, 16, 12)[:5]:
                        ordered = rgb if order == "RGB" else rgb[..., ::-1]
                        given = rgb if pixels != "BGR" else rgb[..., ::-1]
                        if pixels == "RGBX":
                            given = np.concatenate([rgb, np.full((2, 16, 12, 1), 99, np.uint8)], -1)
                        given = nchw(given) if layout == "NCHW" else np.ascontiguousarray(given)
                        self.assert_close(infer(model, {"x": nchw(normalize(ordered))}), infer(out, {"x": given}))
        recipe = {p.key: p.value for p in onnx.load(out).metadata_props}["octet.recipe"]
        self.assertIn("resize=shorter:20", recipe)
        self.assertIn("crop=12x16", recipe)

    def test_14_gray_pixels_for_a_colour_model(self):
        model = conv_net()
        out, _ = self.fold(model, "--pixels", "gray", *NORMALIZE)
        for x in images(1, 16, 12, 1):
            self.assert_close(infer(model, {"x": nchw(normalize(np.repeat(x, 3, -1)))}), infer(out, {"x": nchw(x)}))

    def test_14_any_order_of_dimensions(self):
        for axes in "CHW", "HWC", "CNHW", "NHWC", "NCWH", "WHCN":
            model = any_rank(axes)
            for layout in "NHWC", "NCHW":
                out, _ = self.fold(model, "--axes", axes, "--pixels", f"RGB,{layout}", *NORMALIZE)
                order = ("N" if "N" in axes else "") + layout[1:]
                for x in images(1, 10, 8)[:2]:
                    def arrange(a, letters):
                        a = a if "N" in letters else a[0]
                        return np.ascontiguousarray(a.transpose([("NHWC" if "N" in letters else "HWC").index(i)
                                                                 for i in letters]))
                    self.assert_close(infer(model, {"x": arrange(normalize(x), axes)}), infer(out, {"x": arrange(x, order)}))

    def test_15_impossible_numbers(self):
        model = conv_net()
        self.assertIn("must not be 0", self.refuse(model, "--scale", "0"))
        self.assertIn("--mean", self.refuse(model, "--mean", "inf"))
        self.assertIn("--scale", self.refuse(model, "--scale", "nan"))
        self.assertIn("1/std", self.refuse(model, "--scale", "0.1", "--std", "10"))
        self.assertIn("123.675", self.refuse(model, "--mean", "0.485,0.456,0.406", "--std", "0.229,0.224,0.225"))

    def test_15_mean_follows_the_order_of_the_model(self):
        model = conv_net()
        out, _ = self.fold(model, "--order", "BGR", "--pixels", "RGB,NCHW", "--mean", "103.53,116.28,123.675",
                           "--std", "57.375,57.12,58.395")
        for rgb in images(1, 16, 12):
            bgr = normalize(rgb[..., ::-1], MEAN[::-1], STD[::-1])
            self.assert_close(infer(model, {"x": nchw(bgr)}), infer(out, {"x": nchw(rgb)}))


class InputOptimization(FoldCase):
    def test_the_channels_are_no_guess(self):
        model = conv_net(batch=3, size=(3, 3), channels=3)
        out, _ = self.fold(model, *NORMALIZE)
        for x in images(3, 3, 3):
            self.assert_close(infer(model, {"x": nchw(normalize(x))}), infer(out, {"x": nchw(x)}))

    def test_an_input_with_two_consumers_is_not_skipped(self):
        model = two_uses()
        out, _ = self.fold(model, *NORMALIZE)
        for x in images(1, 16, 12):
            self.assert_close(infer(model, {"x": nchw(normalize(x))}), infer(out, {"x": nchw(x)}))
        self.assertIn("use layer", self.refuse(model, "--placement", "rgbx", *NORMALIZE, code=4))

    def test_mean_alone_and_scale_alone(self):
        model = conv_net()
        for flags, mean, std, ops in ((["--mean", "100"], 100, 1, ["Cast", "Sub"]), (["--std", "50"], 0, 50, ["Cast", "Mul"]),
                                      ([], 0, 1, ["Cast"])):
            out, _ = self.fold(model, *flags)
            self.assertEqual([n.op_type for n in onnx.load(out).graph.node][:len(ops) + 1], ops + ["Conv"])
            for x in images(1, 16, 12):
                self.assert_close(infer(model, {"x": nchw(normalize(x, mean, std))}), infer(out, {"x": nchw(x)}))

    def test_an_argmax_of_the_model_stays_int64(self):
        model = conv_net(classes=1000)
        model.graph.node.append(helper.make_node("ArgMax", ["logits"], ["best"], "argmax", axis=1, keepdims=0))
        model.graph.output[0].CopyFrom(helper.make_tensor_value_info("best", TensorProto.INT64, ["N"]))
        out, _ = self.fold(model, *NORMALIZE)
        folded = onnx.load(out)
        self.assertEqual(folded.graph.output[0].type.tensor_type.elem_type, TensorProto.INT64)
        self.assertEqual(folded.graph.node[-1].op_type, "ArgMax")

    def test_what_ti_wrote_is_recognised(self):
        for style, channels in ("old", 3), ("new", 3), ("old", 1):
            path = self.save(already_normalized(style, channels))
            out, report = self.fold(path)
            self.assertEqual(pathlib.Path(out).read_bytes(), pathlib.Path(path).read_bytes())
            self.assertTrue(report["unchanged"])
            np.testing.assert_allclose(report["found"]["mean"], MEAN[:channels], rtol=1e-5)
            np.testing.assert_allclose(report["found"]["scale"], [0.017125, 0.017507, 0.017429][:channels], rtol=1e-5)
        self.assertIn("contradicts", self.refuse(self.save(already_normalized("old")), "--mean", "127.5"))


if __name__ == "__main__":
    main()
