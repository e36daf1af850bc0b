# SPDX-License-Identifier: Apache-2.0
"""What the tests of `octet fold` share: run the program, run ONNX Runtime, normalize on the host."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import numpy as np
import onnx
import onnxruntime

OCTET = None  # set by main
MEAN = np.array([123.675, 116.28, 103.53], np.float32)
STD = np.array([58.395, 57.12, 57.375], np.float32)
NORMALIZE = ["--mean", "123.675,116.28,103.53", "--std", "58.395,57.12,57.375"]
OURS = ["octet.recipe", "octet.placement", "octet.pixels", "octet.undo"]


class FoldCase(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def save(self, model, name="model.onnx"):
        onnx.save(model, self.path(name))
        return self.path(name)

    def octet(self, *arguments, code=0):
        done = subprocess.run([OCTET, *arguments], capture_output=True, text=True, timeout=300)
        self.assertEqual(done.returncode, code, f"octet {' '.join(arguments)}\n{done.stdout}{done.stderr}")
        return done

    def fold(self, model, *flags, out="folded.onnx"):
        """Fold a model (or the file of one), check it with onnx, and return its path and the report."""
        path = model if isinstance(model, str) else self.save(model)
        done = self.octet("fold", path, "-o", self.path(out), "--json", *flags)
        onnx.checker.check_model(onnx.load(self.path(out)), full_check=True)
        return self.path(out), json.loads(done.stdout)

    def refuse(self, model, *flags, code=2):
        """The message of a fold that fails and leaves no file."""
        path = model if isinstance(model, str) else self.save(model)
        done = self.octet("fold", path, "-o", self.path("refused.onnx"), *flags, code=code)
        self.assertEqual([n for n in os.listdir(self.folder.name) if n.startswith("refused")], [])
        return done.stderr

    def unfold(self, folded, original):
        self.octet("fold", folded, "-o", self.path("unfolded.onnx"), "--unfold")
        self.assertEqual(pathlib.Path(self.path("unfolded.onnx")).read_bytes(), pathlib.Path(original).read_bytes())

    def assert_close(self, expected, given, tolerance=1e-4):
        for a, b in zip(expected, given, strict=True):
            self.assertEqual((a.shape, a.dtype), (b.shape, b.dtype))
            self.assertTrue(np.isfinite(b.astype(np.float64)).all())
            difference, largest = np.abs(a.astype(np.float64) - b).max(), np.abs(a.astype(np.float64)).max()
            self.assertLessEqual(difference, tolerance * largest)


def session(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    model = path if isinstance(path, str) else path.SerializeToString()
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def infer(path, feeds):
    return session(path).run(None, feeds)


def images(n, h, w, c=3):
    """[count, n, h, w, c]: random, constant, only border, and patterned ones."""
    rng = np.random.default_rng(3)
    out = [rng.integers(0, 256, (n, h, w, c)), *(np.full((n, h, w, c), v) for v in (0, 128, 255))]
    border = np.zeros((n, h, w, c), int)
    border[:, [0, -1]] = border[:, :, [0, -1]] = 255
    checks = np.broadcast_to(np.indices((h, w)).sum(0)[None, :, :, None] % 2 * 255, (n, h, w, c))
    return np.array(out + [border, 255 - border, checks]).astype(np.uint8)


def normalize(pixels, mean=MEAN, std=STD):
    """uint8 [..., c] to float32, as octet's recipe defines it."""
    scale = (1 / np.asarray(std, np.float64)).astype(np.float32)
    return (pixels.astype(np.float32) - np.asarray(mean, np.float32)) * scale


def nchw(pixels):
    return np.ascontiguousarray(np.moveaxis(pixels, -1, -3))


def main():
    global OCTET
    sys.modules["fold_case"] = sys.modules.get("fold_case", sys.modules["__main__"])
    sys.modules["fold_case"].OCTET = sys.argv[2]
    unittest.main(argv=sys.argv[:1] + [a for a in sys.argv[3:] if "/" not in a])
