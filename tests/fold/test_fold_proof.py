# SPDX-License-Identifier: Apache-2.0
"""The proof can fail: files that something else than octet rewrote, rightly and in the usual wrong ways.
    test_fold_proof.py OCTET PROVE_PAIR"""
import subprocess
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from fold_case import FoldCase, main
from fold_models import constant, conv_net

PROVE_PAIR = sys.argv[3]
MEAN = np.array([123.675, 116.28, 103.53])
SCALE = np.array([0.017125, 0.017507, 0.017429])


def nodes(model, mean=MEAN, scale=SCALE, swap=False):
    """Cast, Sub, Mul in front, by hand."""
    out = onnx.ModelProto()
    out.CopyFrom(model)
    g = out.graph
    shape = (1, 3, 1, 1)
    g.initializer.extend([constant("mean", mean.astype(np.float32).reshape(shape)),
                          constant("scale", scale.astype(np.float32).reshape(shape)), constant("swap", np.array([2, 1, 0]))])
    front = [helper.make_node("Gather", ["x", "swap"], ["swapped"], axis=1)] if swap else []
    front += [helper.make_node("Cast", ["swapped" if swap else "x"], ["cast"], to=TensorProto.FLOAT),
              helper.make_node("Sub", ["cast", "mean"], ["sub"]), helper.make_node("Mul", ["sub", "scale"], ["float"])]
    for node in reversed(front):
        g.node.insert(0, node)
    next(n for n in g.node if n.op_type == "Conv").input[0] = "float"
    g.input[0].type.tensor_type.elem_type = TensorProto.UINT8
    return out


def weights(model, fourth):
    """Into the weights: with the fourth channel, or naively into one bias for all positions."""
    out = onnx.ModelProto()
    out.CopyFrom(model)
    g = out.graph
    w, b = (next(i for i in g.initializer if i.name == n) for n in "wb")
    scaled = numpy_helper.to_array(w).astype(np.float64) * SCALE.reshape(1, 3, 1, 1)
    constant_part = -(scaled * MEAN.reshape(1, 3, 1, 1)).sum(1, keepdims=True)
    if fourth == "mean":
        scaled = np.concatenate([scaled, constant_part / 255], 1)
    else:
        b.CopyFrom(constant("b", (numpy_helper.to_array(b) + constant_part.sum((1, 2, 3))).astype(np.float32)))
        scaled = np.concatenate([scaled, 0 * constant_part], 1)
    w.CopyFrom(constant("w", scaled.astype(np.float32)))
    g.input[0].type.tensor_type.elem_type = TensorProto.UINT8
    g.input[0].type.tensor_type.shape.dim[1].dim_value = 4
    g.node.insert(0, helper.make_node("Cast", ["x"], ["float"], to=TensorProto.FLOAT))
    next(n for n in g.node if n.op_type == "Conv").input[0] = "float"
    return out


class Proof(FoldCase):
    def prove(self, original, rewritten, placement="layer"):
        a, b = self.save(original, "a.onnx"), self.save(rewritten, "b.onnx")
        done = subprocess.run([PROVE_PAIR, a, b, placement], capture_output=True, text=True, timeout=60)
        words = done.stdout.split("\n")[0].split()
        return done.returncode, {k: float(v) for k, v in zip(words[::2], words[1::2])}, done.stdout

    def test_right_ones_pass(self):
        self.assertEqual(self.prove(conv_net(), nodes(conv_net()))[0], 0)
        self.assertEqual(self.prove(conv_net(), weights(conv_net(), "mean"), "rgbx")[0], 0)

    def test_one_bias_for_all_positions_fails(self):
        code, relative, text = self.prove(conv_net(), weights(conv_net(), "none"), "rgbx")
        self.assertEqual(code, 1, text)
        self.assertGreater(relative["constant"], 1e-2)

    def test_one_bias_is_right_without_padding(self):
        self.assertEqual(self.prove(conv_net(pads=0), weights(conv_net(pads=0), "none"), "rgbx")[0], 0)

    def test_slightly_wrong_numbers_fail(self):
        for wrong in ({"mean": MEAN + [0, 0, 0.1]}, {"scale": SCALE * [1, 1.001, 1]}, {"mean": MEAN[::-1]},
                      {"mean": MEAN / 255}, {"scale": 1 / SCALE}, {"swap": True}):
            code, _, text = self.prove(conv_net(), nodes(conv_net(), **wrong))
            self.assertEqual(code, 1, (wrong, text))
            self.assertIn("more than the tolerance", text)

    def test_not_a_number_fails(self):
        broken = conv_net()
        next(i for i in broken.graph.initializer if i.name == "m").CopyFrom(constant("m", np.full((8, 10), np.nan, np.float32)))
        for original, rewritten in ((conv_net(), broken), (broken, broken)):
            code, _, text = self.prove(original, nodes(rewritten))
            self.assertEqual(code, 1, text)
            self.assertIn("not finite", text)

    def test_another_output_fails(self):
        other = nodes(conv_net())
        other.graph.output.append(helper.make_tensor_value_info("conv", TensorProto.FLOAT, ["N", 8, 8, 6]))
        self.assertIn("number of outputs", self.prove(conv_net(), other)[2])
        self.assertIn("another shape", self.prove(conv_net(), nodes(conv_net(classes=9)))[2])


if __name__ == "__main__":
    main()
