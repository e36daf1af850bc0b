# SPDX-License-Identifier: Apache-2.0
"""Measures roadsigns.onnx with ONNX Runtime on the packed evaluation set and on the samples.

    python3 check.py [--model other.onnx] [--weights /tmp/roadsigns/roadsigns.pt]

With --weights it also compares the logits with those of PyTorch. Exit status 1 when a promise of README.md is broken.
"""
import argparse
import os

import numpy as np
import onnxruntime
from PIL import Image, ImageOps

HERE = os.path.dirname(os.path.abspath(__file__))
SIZE = 96
MEAN = np.float32([123.675, 116.28, 103.53])
STD = np.float32([58.395, 57.12, 57.375])


def read_rows(path, separator="\t"):
    with open(path) as lines:
        return [line.rstrip("\n").split(separator) for line in lines]


def load_sample(path):
    """Upright RGB, shorter side resized to 96 (bilinear), centre crop: uint8 [96,96,3]."""
    image = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
    w, h = image.size
    w, h = (SIZE, round(h * SIZE / w)) if w <= h else (round(w * SIZE / h), SIZE)
    image = image.resize((w, h), Image.Resampling.BILINEAR)
    x, y = (w - SIZE) // 2, (h - SIZE) // 2
    return np.asarray(image.crop((x, y, x + SIZE, y + SIZE)))


def load_samples(folder):
    rows = read_rows(os.path.join(folder, "samples.tsv"))
    return [name for name, _ in rows], np.stack([load_sample(os.path.join(folder, name)) for name, _ in rows]), \
        np.array([int(class_id) for _, class_id in rows])


def load_eval(folder):
    sheets, images, truth = {}, [], []
    for name, class_id, _, box in read_rows(os.path.join(folder, "eval.tsv")):
        if name not in sheets:
            sheets[name] = np.asarray(Image.open(os.path.join(folder, name)))
        x, y, w, h = (int(v) for v in box.removeprefix("box=").split(","))
        images.append(sheets[name][y:y + h, x:x + w])
        truth.append(int(class_id))
    return np.stack(images), np.array(truth)


def normalize(images):
    return ((images.astype(np.float32) - MEAN) / STD).transpose(0, 3, 1, 2)


def run(session, images):
    parts = [session.run(["logits"], {"input": normalize(images[i:i + 50])})[0] for i in range(0, len(images), 50)]
    return np.concatenate(parts)


def torch_logits(weights, images):
    import torch
    import model as net
    model = net.RoadSigns()
    model.load_state_dict(torch.load(weights))
    model.eval()
    with torch.no_grad():
        return model(torch.from_numpy(normalize(images))).numpy()


def report_confusions(truth, guess, names):
    wrong = np.flatnonzero(truth != guess)
    pairs = {}
    for i in wrong:
        pairs.setdefault((names[truth[i]], names[guess[i]]), []).append(int(i))
    for (a, b), rows in sorted(pairs.items()):
        print(f"  {a} taken for {b}: {len(rows)}  (rows {', '.join(map(str, rows))})")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default=os.path.join(HERE, "roadsigns.onnx"))
    parser.add_argument("--weights", help="state written by train.py")
    args = parser.parse_args()
    names = [name for _, name in read_rows(os.path.join(HERE, "labels.txt"), ",")]
    session = onnxruntime.InferenceSession(args.model, providers=["CPUExecutionProvider"])

    images, truth = load_eval(os.path.join(HERE, "eval"))
    logits = run(session, images)
    right = int((logits.argmax(1) == truth).sum())
    print(f"eval: {right} of {len(truth)} right, {100 * right / len(truth):.2f} %")
    report_confusions(truth, logits.argmax(1), names)

    files, pictures, classes = load_samples(os.path.join(HERE, "samples"))
    guess = run(session, pictures).argmax(1)
    print(f"samples: {int((guess == classes).sum())} of {len(classes)} right")
    for file, a, b in zip(files, classes, guess):
        if a != b:
            print(f"  {file} taken for {names[b]}")

    worst = 0.0
    if args.weights:
        worst = float(np.abs(logits - torch_logits(args.weights, images)).max())
        print(f"largest difference of a logit from PyTorch: {worst:.2e}")
    return 0 if right >= 0.97 * len(truth) and (guess == classes).sum() >= 22 and worst <= 1e-4 else 1


if __name__ == "__main__":
    raise SystemExit(main())
