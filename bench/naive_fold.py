#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a fold with one bias for all positions does to a model: logits and classes against the model as it is, by ONNX Runtime.

    bench/venv/bin/python bench/naive_fold.py --mean A,B,C --std A,B,C --images FOLDER MODEL.onnx     (NCHW, 224x224, RGB)
"""
import argparse
import pathlib

import numpy as np
import onnx
import onnxruntime as ort
from onnx import numpy_helper
from PIL import Image


def naive(model, mean, std):
    """W' = W / std and one bias b - sum W' * mean, everything in double, stored as float32."""
    graph = model.graph
    conv = next(n for n in graph.node if n.op_type == "Conv")
    tensors = {t.name: t for t in graph.initializer}
    w = numpy_helper.to_array(tensors[conv.input[1]]).astype(np.float64) / std[None, :, None, None]
    b = numpy_helper.to_array(tensors[conv.input[2]]) if len(conv.input) > 2 else np.zeros(len(w))
    b = b - (w * mean[None, :, None, None]).sum((1, 2, 3))
    graph.initializer.extend([numpy_helper.from_array(w.astype(np.float32), "naive.w"),
                              numpy_helper.from_array(b.astype(np.float32), "naive.b")])
    conv.input[:] = [conv.input[0], "naive.w", "naive.b"]
    return model.SerializeToString()


def crops(folder):
    for path in sorted(folder.iterdir()):
        image = Image.open(path).convert("RGB")
        x, y = round((image.width - 224) / 2), round((image.height - 224) / 2)
        yield np.array(image.crop((x, y, x + 224, y + 224))).transpose(2, 0, 1)[None].astype(np.float64)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mean", required=True, type=lambda s: np.array([float(v) for v in s.split(",")]))
    parser.add_argument("--std", required=True, type=lambda s: np.array([float(v) for v in s.split(",")]))
    parser.add_argument("--images", required=True, type=pathlib.Path)
    parser.add_argument("model")
    args = parser.parse_args()
    ort.set_default_logger_severity(3)
    right, wrong = ort.InferenceSession(args.model), ort.InferenceSession(naive(onnx.load(args.model), args.mean, args.std))
    name, worst, changed, n = right.get_inputs()[0].name, [], 0, 0
    for pixels in crops(args.images):
        x = (pixels - args.mean[None, :, None, None]) / args.std[None, :, None, None]
        want = right.run(None, {name: x.astype(np.float32)})[0].reshape(-1)
        got = wrong.run(None, {name: pixels.astype(np.float32)})[0].reshape(-1)
        worst.append(np.abs(got - want).max() / np.abs(want).max())
        changed += want.argmax() != got.argmax()
        n += 1
    print(f"{pathlib.Path(args.model).stem}: {n} images; off by {np.median(worst):.2g} of the largest output (median), at most "
          f"{max(worst):.2g}; another best class for {changed}")


if __name__ == "__main__":
    main()
