# SPDX-License-Identifier: Apache-2.0
"""Real models, folded both ways and run by ONNX Runtime against the original on photographs, random, constant and
border-heavy images; Octet's own proof of the same is what octet fold ends with.
    test_fold_models.py OCTET PROJECT"""
import pathlib
import sys

import numpy as np
import onnx
from PIL import Image

from fold_case import OURS, FoldCase, images, main, nchw, normalize, session

PROJECT = pathlib.Path(sys.argv[3])
DATA = PROJECT / ".." / "shared" / "data"
TOLERANCE = 1e-4  # of the largest logit


def recipes():
    """path, channels, height, width, mean, std of the float models."""
    out = [(PROJECT / "examples/roadsigns/roadsigns.onnx", 3, 96, 96, [123.675, 116.28, 103.53], [58.395, 57.12, 57.375])]
    table = DATA / "models/models.tsv"
    lines = table.read_text().splitlines()[1:] if table.exists() else []
    for line in lines:
        name, _, shape, mean, std = line.split("\t")[:5]
        if not name.startswith("int8/"):
            _, c, h, w = map(int, shape.split("x"))
            out.append((DATA / f"models/{name}.onnx", c, h, w, [float(v) for v in mean.split(",")],
                        [float(v) for v in std.split(",")]))
    if lines:
        out.append((DATA / "models/vww96.onnx", 3, 96, 96, [0], [255]))
        out += [(DATA / f"models/light/light_{name}.onnx", 3, 224, 224, [0], [255]) for name in ("squeezenet", "densenet121")]
    return out


def photographs(h, w, c):
    samples = sorted((PROJECT / "examples/roadsigns/samples").glob("*.jpg"))[:2]
    for path in samples + sorted((DATA / "images/imagenet").glob("*.jpg"))[:3]:
        yield np.asarray(Image.open(path).convert("L" if c == 1 else "RGB").resize((w, h))).reshape(1, h, w, c)


class Models(FoldCase):
    def check(self, path, c, h, w, mean, std):
        before = session(str(path))
        name = before.get_inputs()[0].name
        flags = ["--mean", ",".join(map(str, mean)), "--std", ",".join(map(str, std)),
                 "--images", str(PROJECT / "examples/roadsigns/samples/stop_01.png")]
        placements = [("layer", [], lambda x: nchw(x))]
        if c == 3:
            white = np.full((1, h, w, 1), 255, np.uint8)
            placements += [("rgbx", ["--placement", "rgbx", "--pixels", "RGBX,NHWC"],
                            lambda x: np.concatenate([x, white], -1))]
        for placement, extra, give in placements:
            out, report = self.fold(str(path), *flags, *extra)
            self.assertLessEqual(report["proof"]["relative"], TOLERANCE)
            self.assertEqual(report["proof"]["images"], 13)
            after, worst, largest = session(out), 0, 0
            for x in [*images(1, h, w, c), *photographs(h, w, c)]:
                expected = before.run(None, {name: nchw(normalize(x, mean, std))})[0]
                given = after.run(None, {name: give(x)})[0]
                worst, largest = max(worst, np.abs(expected - given).max()), max(largest, np.abs(expected).max())
            print(f"{path.name} {placement}: octet {report['proof']['relative']:.2g}, onnxruntime {worst / largest:.2g}",
                  flush=True)
            self.assertLessEqual(worst, TOLERANCE * largest)
            kept = [(p.key, p.value) for p in onnx.load(out).metadata_props if p.key not in OURS]
            self.assertEqual(kept, [(p.key, p.value) for p in onnx.load(path).metadata_props])
            again, _ = self.fold(out, *flags, *extra, out="again.onnx")
            self.assertEqual(pathlib.Path(out).read_bytes(), pathlib.Path(again).read_bytes())
            self.unfold(out, path)

    def test_every_float_model(self):
        for path, *recipe in recipes():
            with self.subTest(path.name):
                self.check(path, *recipe)


if __name__ == "__main__":
    main()
