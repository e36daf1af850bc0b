# SPDX-License-Identifier: Apache-2.0
"""The recipe that octet reads from a preprocessor_config.json, carried out with Pillow and NumPy, against what the class that the
file names makes of the same image. Margins of the crops are even: of odd ones Hugging Face leaves the smaller half in front,
torchvision and Octet round half to even."""
import json
import os
import subprocess
import sys
import tempfile

import numpy as np
import transformers
from PIL import Image

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli", "data")
FILTERS = {"pillow-nearest": 0, "pillow-lanczos": 1, "pillow-bilinear": 2, "pillow-bicubic": 3, "pillow-box": 4}
NORM = {"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}
CASES = [
    ("ViT", {"size": {"height": 224, "width": 224}, "resample": 2, **NORM}),
    ("ViT", {"size": 224, "resample": 3, **NORM}),
    ("ViT", {"size": {"height": 192, "width": 256}, "do_normalize": False}),
    ("ViT", {"size": {"height": 96, "width": 96}, "do_rescale": False, "image_mean": [127.5] * 3, "image_std": [127.5] * 3}),
    ("ConvNext", {"size": {"shortest_edge": 224}, "crop_pct": 0.875, "resample": 3, **NORM}),
    ("ConvNext", {"size": {"shortest_edge": 224}, **NORM}),
    ("ConvNext", {"size": {"shortest_edge": 384}, **NORM}),
    ("DeiT", {"size": {"height": 256, "width": 256}, "crop_size": {"height": 224, "width": 224}, **NORM}),
    ("DeiT", {"size": 256, "crop_size": 224, **NORM}),
    ("Beit", {"size": {"height": 256, "width": 256}, "do_center_crop": False, **NORM}),
    ("Beit", {"size": {"height": 256, "width": 256}, "crop_size": 224, **NORM}),
    ("CLIP", {"size": {"shortest_edge": 224}, "crop_size": 224, **NORM}),
    ("CLIP", {"size": 224, "crop_size": 224, **NORM}),
    ("Bit", {"size": {"shortest_edge": 448}, "crop_size": {"height": 448, "width": 448}, "resample": 2, **NORM}),
    ("Levit", {"size": {"shortest_edge": 224}, "crop_size": 224, **NORM}),
    ("PoolFormer", {"size": {"shortest_edge": 224}, "crop_pct": 0.9, "crop_size": 224, **NORM}),
    ("MobileNetV1", {"size": {"shortest_edge": 256}, "crop_size": 224, **NORM}),
    ("MobileNetV2", {"size": {"shortest_edge": 256}, **NORM}),
    ("MobileViT", {"size": {"shortest_edge": 288}, "crop_size": 256, "do_flip_channel_order": True, "do_normalize": False}),
    ("EfficientNet", {"size": {"height": 240, "width": 240}, **NORM}),
    ("EfficientNet", {"size": {"height": 240, "width": 240}, "include_top": False, "rescale_factor": 1 / 127.5,
                      "rescale_offset": True, "resample": 3, **NORM}),
]


def read_recipe(octet, config):
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(config, file)
        file.flush()
        run = subprocess.run([octet, "run", os.path.join(DATA, "free_size.onnx"), os.path.join(DATA, "images", "red.png"),
                              "--json", "--config", file.name], capture_output=True, text=True, check=True)
    return json.loads(run.stdout)["recipe"]


def resized_size(recipe, image):
    kind, width, height = recipe["resize"], *image.size
    if not kind.startswith("shorter"):
        return tuple(int(side) for side in kind.split("x"))
    short = int(kind.split()[1])
    return (short, int(short * height / width)) if width < height else (int(short * width / height), short)


def carry_out(recipe, image):
    pixels = np.asarray(image.resize(resized_size(recipe, image), FILTERS[recipe["interp"]]))
    if recipe["crop"]:
        width, height = recipe["crop"]
        top, left = (pixels.shape[0] - height) // 2, (pixels.shape[1] - width) // 2
        pixels = pixels[top:top + height, left:left + width]
    if recipe["order"] == "BGR":
        pixels = pixels[:, :, ::-1]
    tensor = (pixels.astype("f4") - np.float32(recipe["mean"])) * np.float32(recipe["scale"])
    return tensor.transpose(2, 0, 1)


def main(octet):
    noise = np.random.default_rng(1).integers(0, 256, (48, 64, 3)).astype("u1")
    images = [Image.fromarray(noise).resize(size, 3) for size in ((512, 384), (320, 448))]
    n_failed = n_passed = 0
    for name, settings in CASES:
        kind = name + "ImageProcessor"
        processor = getattr(transformers, kind).from_dict(settings)
        recipe = read_recipe(octet, {"image_processor_type": kind, **settings})
        for image in images:
            wanted, got = processor(image, return_tensors="np")["pixel_values"][0], carry_out(recipe, image)
            worst = np.abs(wanted - got).max() / np.abs(wanted).max() if wanted.shape == got.shape else np.inf
            good = worst < 1e-5
            n_passed, n_failed = n_passed + good, n_failed + (not good)
            if not good:
                print(f"{kind} {settings} on {image.size}: {wanted.shape} and {got.shape} differ by {worst:g}; {recipe}")
    print(f"{n_passed} passed, {n_failed} failed")
    return n_failed > 0


sys.exit(main(sys.argv[1]))
