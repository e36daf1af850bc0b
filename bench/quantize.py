#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What 8 bits cost: float models quantized by octet (--calib) and by ONNX Runtime's quantize_static with MinMax, on the same images.

    quantize.py OCTET DATA_DIR [MODEL...]        DATA_DIR: ../shared/data, described in its README

Both get the same pixels: ImageNet photographs cropped to 224 and resized to the model's size, CIFAR-10 and MNIST as they are. Both are
calibrated with the same images, none of which is among those that judge. ONNX Runtime: QDQ, uint8 activations, int8 weights per
channel. Printed: top-1 of the float model, of both quantized ones, and on how many images each keeps the float model's class.
"""
import gzip
import json
import logging
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnx.version_converter
import onnxruntime as ort
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from PIL import Image

MODELS = ["squeezenet11", "mobilenetv2", "mobilenetv1_100_224", "mobilenetv1_025_128", "tinydarknet", "resnet20", "resnet20_bn", "resnet8",
          "cifar10_cnn", "mnist8", "vww96"]
N_CALIBRATION = 100


def rows(data):
    """name -> (set, height, width, mean, std, class offset)"""
    table = {}
    for line in (data / "models/models.tsv").read_text().splitlines()[1:]:
        name, kind, shape, mean, std, _, offset = line.split("\t")[:7]
        triple = lambda text: np.array([float(v) for v in text.split(",")], np.float32)
        h, w = (int(v) for v in shape.split("x")[2:])
        table[name] = (kind, h, w, triple(mean), triple(std), int(offset))
    table["vww96"] = ("imagenet", 96, 96, np.float32([0]), np.float32([255]), 0)
    return table


def imagenet(data, h, w):
    for line in (data / "labels/imagenet_images.tsv").read_text().splitlines():
        file, label, split = line.split("\t")[:3]
        image = Image.open(data / "images/imagenet" / file).convert("RGB")
        x, y = (image.width - 224) // 2, (image.height - 224) // 2
        crop = image.crop((x, y, x + 224, y + 224))
        yield np.asarray(crop if h == 224 else crop.resize((w, h), Image.BILINEAR)), int(label), split


def cifar(data):
    for file, split, n in (("train1000.bin", "calib", N_CALIBRATION), ("test500.bin", "eval", 500)):
        records = np.fromfile(data / "images/cifar10" / file, np.uint8).reshape(-1, 3073)[:n]
        for r in records:
            yield r[1:].reshape(3, 32, 32).transpose(1, 2, 0), int(r[0]), split


def mnist(data):
    folder = data / "images/mnist"
    read = lambda name, at: np.frombuffer(gzip.decompress(next(folder.glob(name)).read_bytes()), np.uint8, offset=at)
    pixels, labels = read("t10k-images*", 16).reshape(-1, 28, 28, 1), read("t10k-labels*", 8)
    for i in range(2000):
        yield pixels[i], int(labels[i]), "calib" if i < N_CALIBRATION else "eval"


def prepare(folder, items):
    """PNM files and list.tsv for octet; pixels, labels and splits for ONNX Runtime."""
    images, labels, splits, lines = [], [], [], []
    for i, (pixels, label, split) in enumerate(items):
        gray = pixels.shape[2] == 1
        name = f"{i:05}.{'pgm' if gray else 'ppm'}"
        header = f"P{5 if gray else 6} {pixels.shape[1]} {pixels.shape[0]} 255\n"
        (folder / name).write_bytes(header.encode() + np.ascontiguousarray(pixels).tobytes())
        lines.append(f"{name}\t{label}\t{split}\n")
        images.append(pixels), labels.append(label), splits.append(split)
    (folder / "list.tsv").write_text("".join(lines))
    return np.stack(images), np.array(labels), np.array(splits)


# ---- octet ----

def octet(program, model, folder, mean, std, *flags):
    numbers = lambda values: ",".join(f"{v:.9g}" for v in values)
    predictions = folder / "predictions.txt"
    command = [program, "eval", model, "--images", folder / "list.tsv", "--split", "eval", "--resize", "none", "--mean", numbers(mean),
               "--std", numbers(std), "--predictions", predictions, "--json", *flags]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return np.loadtxt(predictions, int), json.loads(done.stdout)


# ---- ONNX Runtime ----

class Reader(CalibrationDataReader):
    def __init__(self, name, batches):
        self.name, self.batches = name, iter(batches)

    def get_next(self):
        batch = next(self.batches, None)
        return None if batch is None else {self.name: batch}


def session(model):
    options = ort.SessionOptions()
    options.log_severity_level = 3
    return ort.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def classes(model, inputs, offset):
    run = session(model)
    name = run.get_inputs()[0].name
    return np.array([int(run.run(None, {name: x})[0].ravel().argmax()) - offset for x in inputs])


def quantize(model, out, calibration, folder):
    newer, prepared = folder / "newer.onnx", folder / "prepared.onnx"
    graph = onnx.load(model)
    if graph.opset_import[0].version < 13: # scales per channel begin there
        graph = onnx.version_converter.convert_version(graph, 13)
    onnx.save(graph, newer)
    quant_pre_process(str(newer), str(prepared), skip_symbolic_shape=True)
    name = session(prepared).get_inputs()[0].name
    quantize_static(str(prepared), str(out), Reader(name, calibration), quant_format=QuantFormat.QDQ, per_channel=True,
                    activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8, calibrate_method=CalibrationMethod.MinMax)


# ---- both ----

def measure(program, data, name, row):
    kind, h, w, mean, std, offset = row
    model = data / "models" / f"{name}.onnx"
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        source = {"imagenet": lambda: imagenet(data, h, w), "cifar10": lambda: cifar(data), "mnist": lambda: mnist(data)}[kind]
        items = source() if name != "vww96" else ((pixels, 0, split) for pixels, _, split in source()) # two classes
        images, labels, splits = prepare(folder, items)
        judged = splits == "eval"
        tensors = [((x.astype(np.float32) - mean) / std).transpose(2, 0, 1)[None] for x in images]
        calibration = [x for x, s in zip(tensors, splits) if s == "calib"]
        inputs = [x for x, s in zip(tensors, splits) if s == "eval"]
        ours_float, _ = octet(program, model, folder, mean, std)
        ours, report = octet(program, model, folder, mean, std, "--calib", folder / "list.tsv")
        exact = classes(model, inputs, offset)
        try:
            quantize(model, folder / "q.onnx", calibration, folder)
            theirs = classes(folder / "q.onnx", inputs, offset)
        except Exception as error: # whatever it is, it is theirs
            print(f"{name}: {str(error).splitlines()[0]}", file=sys.stderr)
            theirs = None
    percent = lambda hits: 100 * float(np.mean(hits))
    truth = labels[judged]
    return {"n": int(judged.sum()), "float": percent(ours_float == truth), "octet": percent(ours == truth),
            "ort": None if theirs is None else percent(theirs == truth), "octet_keeps": percent(ours == ours_float),
            "ort_keeps": None if theirs is None else percent(theirs == exact), "same_float": percent(ours_float == exact),
            "in_float": report["calibration"]["float_steps"], "steps": report["calibration"]["integer_steps"]}


def main():
    logging.disable(logging.WARNING)
    os.environ.setdefault("ORT_LOGGING_LEVEL", "3")
    program, data, names = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3:] or MODELS
    table = rows(data)
    print(f"onnx {onnx.__version__}, onnxruntime {ort.__version__}")
    print("| model | images | float | octet 8 bits | keeps | ONNX Runtime MinMax | keeps | steps in integers, in float |")
    print("|---|---|---|---|---|---|---|---|")
    for name in names:
        r = measure(program, data, name, table[name])
        if r["same_float"] < 100:
            print(f"{name}: the float models agree on {r['same_float']:.2f} % only", file=sys.stderr)
        show = lambda key, known=True: f"{r[key]:.2f}" if known and r[key] is not None else "-"
        labelled = name != "vww96" # the photographs are not of its classes
        print(f"| {name} | {r['n']} | {show('float', labelled)} | {show('octet', labelled)} | {show('octet_keeps')} | "
              f"{show('ort', labelled)} | {show('ort_keeps')} | {r['steps']}, {r['in_float']} |", flush=True)


main()
