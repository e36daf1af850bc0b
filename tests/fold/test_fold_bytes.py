# SPDX-License-Identifier: Apache-2.0
"""What octet fold does to the bytes of a file: everything that it does not know stays, in models of any writer; damaged
files are refused; the way back is exact or refused."""
import base64
import os
import pathlib
import shutil
import subprocess
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper

from fold_case import NORMALIZE, FoldCase, images, infer, main, nchw, normalize
from fold_models import captured, constant, conv_net

UNPROVEN = sys.argv[3] if len(sys.argv) > 3 else None
TI_STD = 1 / np.array([0.017125, 0.017507, 0.017429])


def varint(n, least=1):
    """With at least so many bytes: longer than needed is allowed, and some writers do it."""
    out = b""
    while n > 0x7F or len(out) + 1 < least:
        out += bytes([n & 0x7F | 0x80])
        n >>= 7
    return out + bytes([n])


def fields(message):
    """(number, wire, payload) of each field."""
    at, out = 0, []

    def take():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(message):
        tag = take()
        wire = tag & 7
        if wire == 0:
            out.append((tag >> 3, wire, take()))
            continue
        n = {1: 8, 5: 4}.get(wire)
        n = take() if n is None else n
        out.append((tag >> 3, wire, message[at:at + n]))
        at += n
    return out


def join(parts, least=1):
    out = b""
    for number, wire, payload in parts:
        out += varint(number << 3 | wire)
        if wire == 0:
            out += varint(payload)
        else:
            out += (varint(len(payload), least) if wire == 2 else b"") + payload
    return out


# messages inside messages: ModelProto.graph, then its nodes, inputs, outputs, and the types of those
INSIDE = {"model": {7: "graph"}, "graph": {1: "node", 5: "tensor", 11: "value", 12: "value", 13: "value", 14: "note"},
          "node": {5: "attribute"}, "value": {2: "type"}, "type": {1: "tensor_type"}, "tensor_type": {2: "shape"},
          "shape": {1: "dim"}}


def rewrite(message, kind, change):
    """Every message of a model through change(kind, fields), inner ones first."""
    parts = [(n, w, rewrite(p, INSIDE[kind][n], change) if w == 2 and n in INSIDE.get(kind, {}) else p)
             for n, w, p in fields(message)]
    return change(kind, parts)


class Bytes(FoldCase):
    def write(self, data, name="model.onnx"):
        pathlib.Path(self.path(name)).write_bytes(data)
        return self.path(name)

    def check_folded(self, path, *flags):
        out, _ = self.fold(path, *flags, *NORMALIZE)
        for x in images(1, 16, 12):
            given = np.concatenate([x, np.full((1, 16, 12, 1), 255, np.uint8)], -1) if "rgbx" in flags else x
            self.assert_close(infer(path, {"x": nchw(normalize(x))}), infer(out, {"x": nchw(given)}))
        self.unfold(out, path)
        return out

    def test_unknown_fields_stay_in_every_message(self):
        count = 0

        def mark(kind, parts):
            nonlocal count
            count += 1
            return join([(1000, 2, b"<unknown %d>" % count), *parts, (1001, 0, 77), (1002, 5, b"four"),
                         (1003, 1, b"eight by")])

        marked = rewrite(conv_net().SerializeToString(), "model", mark)
        out = self.check_folded(self.write(marked))
        folded = pathlib.Path(out).read_bytes()
        self.assertGreater(count, 25)
        for i in range(1, count + 1):
            self.assertEqual(folded.count(b"<unknown %d>" % i), 1, i)

    def test_any_order_of_the_fields(self):
        model = conv_net()
        turned = rewrite(model.SerializeToString(), "model",
                         lambda kind, parts: join(parts if kind in ("tensor", "shape") else
                                                  sorted(parts, key=lambda p: -p[0])))
        for flags in (), ("--placement", "rgbx"):
            self.check_folded(self.write(turned), *flags)

    def test_lengths_longer_than_needed(self):
        padded = rewrite(conv_net().SerializeToString(), "model", lambda kind, parts: join(parts, 4))
        for flags in (), ("--placement", "rgbx"):
            self.check_folded(self.write(padded), *flags)

    def test_a_second_graph_is_refused(self):
        twice = conv_net().SerializeToString()
        twice += join([p for p in fields(twice) if p[0] == 7])
        self.assertIn("once", self.refuse(self.write(twice), *NORMALIZE, code=3))

    def test_files_cut_anywhere_are_refused_or_whole(self):
        data = conv_net(size=(4, 4), features=2).SerializeToString()
        out = self.path("cut_out.onnx")
        for n in range(0, len(data), 7):
            path = self.write(data[:n], "cut.onnx")
            done = subprocess.run([UNPROVEN, path, out, "layer"], capture_output=True, timeout=20)
            self.assertIn(done.returncode, (0, 2, 3, 4), f"cut at {n}")
            self.assertEqual(os.path.exists(out), done.returncode == 0)
            if done.returncode == 0:
                self.unfold(out, path)
                os.remove(out)

    def test_names_that_are_taken(self):
        model = conv_net()
        model.graph.node[2].name = "x_octet_"
        model.graph.node[0].output[0] = model.graph.node[1].input[0] = "x_octet_cast"
        out = self.check_folded(self.save(model))
        names = [n.name for n in onnx.load(out).graph.node] + [o for n in onnx.load(out).graph.node for o in n.output]
        self.assertEqual(sum(n.startswith("x_octet2_") for n in names), 6)

    def test_weights_used_twice_get_a_copy(self):
        model = conv_net()
        model.graph.node.append(helper.make_node("ReduceSum", ["w"], ["w_sum"], "sum", keepdims=0))
        model.graph.output.append(helper.make_tensor_value_info("w_sum", TensorProto.FLOAT, []))
        out = self.check_folded(self.save(model), "--placement", "rgbx")
        self.assertEqual({i.name for i in onnx.load(out).graph.initializer}, {"b", "m", "w", "x_octet_weights"})

    def test_weights_of_a_constant_node(self):
        out = self.check_folded(self.save(conv_net(constant_weights=True)), "--placement", "rgbx")
        self.assertEqual([n.name for n in onnx.load(out).graph.node if n.op_type == "Constant"], [])

    def test_weights_filled_by_constant_of_shape(self):
        for fill in (constant("fill", np.array([0.25], np.float32)), None):
            model = conv_net(constant_weights=True)
            model.graph.initializer.append(constant("w_shape", np.array([8, 3, 3, 3])))
            model.graph.node[0].CopyFrom(helper.make_node("ConstantOfShape", ["w_shape"], ["w"], "filled",
                                                          **({"value": fill} if fill else {})))
            self.check_folded(self.save(model), "--placement", "rgbx")
        model.graph.initializer[-1].CopyFrom(constant("w_shape", np.array([1 << 40, 3, 3, 3])))
        path, out = self.save(model), self.path("no.onnx")
        self.assertEqual(subprocess.run([UNPROVEN, path, out, "rgbx"], stderr=subprocess.DEVNULL).returncode, 4)

    def test_rgbx_changes_the_types_on_the_way(self):
        model = conv_net(layout="NHWC", batch=1)
        for name, shape in ("x", [1, 16, 12, 3]), ("x_nchw", [1, 3, 16, 12]), ("w", [8, 3, 3, 3]):
            model.graph.value_info.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
        out, _ = self.fold(model, "--placement", "rgbx", *NORMALIZE)
        shapes = {v.name: [d.dim_value for d in v.type.tensor_type.shape.dim] for v in onnx.load(out).graph.value_info}
        self.assertEqual(shapes, {"x_octet_cast": [1, 16, 12, 4], "x_nchw": [1, 4, 16, 12], "w": [8, 4, 3, 3]})

    def test_weights_as_typed_data(self):
        model = conv_net()
        weights = next(i for i in model.graph.initializer if i.name == "w")
        values = onnx.numpy_helper.to_array(weights).flatten()
        weights.ClearField("raw_data")
        weights.float_data.extend(values)
        self.check_folded(self.save(model), "--placement", "rgbx")

    def test_rgbx_is_refused_with_the_reason(self):
        grouped = conv_net(channels=3, features=9, group=3)
        computed = conv_net(constant_weights=True)
        computed.graph.node[0].CopyFrom(helper.make_node("Identity", ["w0"], ["w"], "copy"))
        computed.graph.initializer.append(constant("w0", np.ones((8, 3, 3, 3), np.float32)))
        first = conv_net()
        first.graph.node.insert(0, helper.make_node("Relu", ["x"], ["positive"], "early"))
        first.graph.node[1].input[0] = "positive"
        for model, words in ((grouped, ("group 3", "conv1")), (computed, ("computed by Identity 'copy'", "'w'")),
                             (first, ("Relu 'early'",)), (conv_net(channels=1), ("three channels",))):
            flags = NORMALIZE if model.graph.input[0].type.tensor_type.shape.dim[1].dim_value == 3 else []
            message = self.refuse(model, "--placement", "rgbx", *flags, code=4)
            for word in (*words, "layer"):
                self.assertIn(word, message)

    def test_transposes_that_go_round_in_a_circle(self):
        model = conv_net()
        model.graph.node.insert(0, helper.make_node("Transpose", ["x"], ["a"], perm=[0, 1, 2, 3]))
        model.graph.node.insert(1, helper.make_node("Transpose", ["a"], ["a"], perm=[0, 1, 2, 3]))
        model.graph.node[2].input[0] = "b"
        path, out = self.save(model), self.path("no.onnx")
        self.assertEqual(subprocess.run([UNPROVEN, path, out, "rgbx"], timeout=20, stderr=subprocess.DEVNULL).returncode, 4)

    def test_an_input_that_is_an_output_too(self):
        model = conv_net()
        model.graph.output.append(helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 3, 16, 12]))
        self.assertIn("output", self.refuse(model, *NORMALIZE, code=4))

    def test_old_operator_sets(self):
        for opset in 7, 9, 10, 12, 13, 17, 18, 21:
            self.check_folded(self.save(conv_net(opset=opset, ir=8 if opset < 21 else 10)), "--pixels", "BGR,NCHW",
                              *["--order", "BGR"])
        self.assertIn("opset 6", self.refuse(conv_net(opset=6, ir=3), *NORMALIZE, code=4))

    # ---- models that Octet cannot run: no proof, ONNX Runtime judges ----

    def unproven(self, model, placement="layer"):
        path, out = self.save(model), self.path("unproven.onnx")
        self.assertEqual(subprocess.run([UNPROVEN, path, out, placement], timeout=20).returncode, 0)
        onnx.checker.check_model(onnx.load(out), full_check=True)
        self.unfold(out, path)
        return out

    def test_uses_inside_subgraphs(self):
        model = captured()
        out = self.unproven(model)
        for flag in True, False:
            for x in images(1, 8, 8):
                feeds = {"flag": np.array(flag)}
                self.assert_close(infer(model, {"x": nchw(normalize(x, std=TI_STD)), **feeds}),
                                  infer(out, {"x": nchw(x), **feeds}))
        self.assertIn("If", self.refuse(model, *NORMALIZE, "--input", "x", code=4))

    def test_sparse_initializers_stay(self):
        model = conv_net()
        values = constant("sparse", np.array([1.0], np.float32))
        model.graph.sparse_initializer.append(helper.make_sparse_tensor(values, constant("at", np.array([2])), [4]))
        out = self.unproven(model)
        self.assertEqual(onnx.load(out).graph.sparse_initializer, model.graph.sparse_initializer)

    # ---- external data ----

    def test_external_data_stays_beside_the_model(self):
        folder = self.path("model")
        os.mkdir(folder)
        path = os.path.join(folder, "model.onnx")
        onnx.save(conv_net(), path, save_as_external_data=True, location="weights.bin", size_threshold=0)
        for placement in "layer", "rgbx":
            inside = os.path.join(folder, f"{placement}.onnx")
            self.octet("fold", path, "-o", inside, "--placement", placement, *NORMALIZE)
            self.octet("fold", inside, "-o", inside, "--placement", placement, *NORMALIZE)
            onnx.checker.check_model(inside)
            for x in images(1, 16, 12):
                given = np.concatenate([x, np.full((1, 16, 12, 1), 255, np.uint8)], -1) if placement == "rgbx" else x
                self.assert_close(infer(path, {"x": nchw(normalize(x))}), infer(inside, {"x": nchw(given)}))
            self.octet("fold", inside, "-o", inside, "--unfold")
            self.assertEqual(pathlib.Path(inside).read_bytes(), pathlib.Path(path).read_bytes())
            self.assertIn("folder", self.refuse(path, "--placement", placement, *NORMALIZE))

    # ---- the way back ----

    def test_a_changed_file_is_not_undone(self):
        out, _ = self.fold(conv_net(), *NORMALIZE)
        data = bytearray(pathlib.Path(out).read_bytes())
        for at in 0, 100, len(data) // 2:
            changed = bytearray(data)
            changed[at] ^= 1
            self.write(changed, "changed.onnx")
            done = subprocess.run([UNPROVEN, self.path("changed.onnx"), self.path("no.onnx"), "layer"], capture_output=True)
            self.assertEqual((done.returncode, os.path.exists(self.path("no.onnx"))), (3, False))
            self.assertIn(b"changed", done.stderr)

    def test_a_damaged_way_back_is_refused(self):
        out, _ = self.fold(conv_net(), *NORMALIZE)
        data = pathlib.Path(out).read_bytes()
        entry = fields(data)[-1][2]
        undo = base64.b64decode(fields(entry)[1][2])
        for damaged in b"", undo[:5], undo[:-1], undo + b"\xff", bytes([9]) + undo[1:], undo[:20] + b"\xff" * 9 + undo[20:]:
            value = join([(1, 2, b"octet.undo"), (2, 2, base64.b64encode(damaged))])
            self.write(join(fields(data)[:-1] + [(14, 2, value)]), "damaged.onnx")
            done = subprocess.run([UNPROVEN, self.path("damaged.onnx"), self.path("no.onnx"), "layer"], capture_output=True)
            self.assertIn(done.returncode, (3, 4))
        for text in b"A", b"====", b"AA=A", b"A\0AA", "Aä".encode() + b"A":
            value = join([(1, 2, b"octet.undo"), (2, 2, text)])
            self.write(join(fields(data)[:-1] + [(14, 2, value)]), "damaged.onnx")
            done = subprocess.run([UNPROVEN, self.path("damaged.onnx"), self.path("no.onnx"), "layer"], capture_output=True)
            self.assertEqual(done.returncode, 3)

    def test_saved_again_by_another_tool(self):
        out, _ = self.fold(conv_net(), *NORMALIZE)
        model = onnx.load(out)
        model.metadata_props.append(onnx.StringStringEntryProto(key="later", value="entry"))
        path = self.save(model, "later.onnx")
        self.assertIn("another tool", self.refuse(path, *NORMALIZE))
        self.assertIn("another tool", self.octet("fold", path, "-o", self.path("u.onnx"), "--unfold", code=2).stderr)

    def test_a_link_is_replaced_not_followed(self):
        path = self.save(conv_net())
        os.symlink(path, self.path("link.onnx"))
        before = pathlib.Path(path).read_bytes()
        self.octet("fold", path, "-o", self.path("link.onnx"), *NORMALIZE)
        self.assertEqual(pathlib.Path(path).read_bytes(), before)

    def test_a_folder_that_cannot_be_written(self):
        path = self.save(conv_net())
        self.octet("fold", path, "-o", self.path("missing/out.onnx"), *NORMALIZE, code=3)
        if shutil.which("true") and os.path.exists("/proc/self"):
            self.octet("fold", path, "-o", "/proc/out.onnx", *NORMALIZE, code=3)


if __name__ == "__main__":
    main()
