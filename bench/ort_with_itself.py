# SPDX-License-Identifier: Apache-2.0
"""ort_with_itself.py MODEL.onnx DATA [MEAN [STD]]: how many classes of the photographs ONNX Runtime gives alike with its optimizer off
and on, and how many are the recorded ones. DATA: images/imagenet, labels/imagenet_images.tsv, top1/NAME.txt. What another program's
agreement on a quantized file can be expected to be."""
import pathlib
import sys

import numpy as np
import onnxruntime as ort
from PIL import Image


def centre(path):
    image = Image.open(path).convert('RGB')
    left, top = (image.width - 224) // 2, (image.height - 224) // 2
    return np.asarray(image.crop((left, top, left + 224, top + 224)), np.float32)


def classes(model, level, images):
    options = ort.SessionOptions()
    options.graph_optimization_level = level
    session = ort.InferenceSession(str(model), options, providers=['CPUExecutionProvider'])
    name = session.get_inputs()[0].name
    scores = [session.run(None, {name: x})[0].reshape(-1) for x in images]
    return [int(s.argmax()) - (len(s) - 1000) for s in scores]


def main():
    model, data = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    mean, std = (float(sys.argv[i]) if len(sys.argv) > i else 127.5 for i in (3, 4))
    lines = (data / 'labels/imagenet_images.tsv').read_text().splitlines()
    files = [line.split('\t')[0].split('/')[-1] for line in lines if '.jpg' in line]
    images = [((centre(data / 'images/imagenet' / f) - np.float32(mean)) / np.float32(std)).transpose(2, 0, 1)[None] for f in files]
    recorded = [int(line) for line in (data / 'top1' / (model.stem + '.txt')).read_text().split()]
    levels = ort.GraphOptimizationLevel
    off, on = classes(model, levels.ORT_DISABLE_ALL, images), classes(model, levels.ORT_ENABLE_ALL, images)
    for what, a, b in (('optimizer off, on', off, on), ('off, recorded', off, recorded), ('on, recorded', on, recorded)):
        print(f'ONNX Runtime {ort.__version__}, {what}: {sum(x == y for x, y in zip(a, b))} of {len(images)} alike')


if __name__ == '__main__':
    main()
