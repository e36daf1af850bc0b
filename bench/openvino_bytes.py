#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How far OpenVINO's preprocessing is from the bytes that models were trained on: its Pillow resizes from Pillow's, its NV12 from
libyuv's (docs/arithmetic.md).

    bench/venv/bin/python bench/openvino_bytes.py IMAGE
"""
import sys

import numpy as np
import openvino as ov
import openvino.opset13 as ops
from openvino.preprocess import ColorFormat, PrePostProcessor, ResizeAlgorithm
from PIL import Image


def run(shape, configure, x):
    """What the first layer of a float32 NHWC model of this shape gets; configure sets the steps up to uint8."""
    parameter = ops.parameter(shape, ov.Type.f32, name="x")
    steps = PrePostProcessor(ov.Model([ops.result(ops.relu(parameter))], [parameter], "m"))
    steps.input().tensor().set_element_type(ov.Type.u8)
    configure(steps.input())
    steps.input().preprocess().convert_element_type(ov.Type.f32)
    steps.input().model().set_layout(ov.Layout("NHWC"))
    return ov.Core().compile_model(steps.build(), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})(x)[0][0]


def resize(image, algorithm):
    def configure(steps):
        steps.tensor().set_layout(ov.Layout("NHWC")).set_spatial_static_shape(*image.shape[:2])
        steps.preprocess().resize(algorithm)
    return run([1, 256, 224, 3], configure, image[None])


def from_nv12(frame):
    def configure(steps):
        steps.tensor().set_color_format(ColorFormat.NV12_SINGLE_PLANE)
        steps.preprocess().convert_color(ColorFormat.RGB)
    return run([1, frame.shape[1] * 2 // 3, frame.shape[2], 3], configure, frame)


def law(frame):
    """BT.601 limited."""
    H, W = frame.shape[1] * 2 // 3, frame.shape[2]
    t = (frame[0, :H, :, 0].astype(int) * 257 * 18997 >> 16) + 32 - 1192
    chroma = frame[0, H:, :, 0].reshape(H // 2, W // 2, 2).repeat(2, 0).repeat(2, 1).astype(int) - 128
    u, v = chroma[..., 0], chroma[..., 1]
    return np.clip(np.stack([t + 102 * v >> 6, t - 25 * u - 52 * v >> 6, t + 128 * u >> 6], -1), 0, 255)


def say(what, got, want):
    off = np.abs(got - want)
    print(f"| {what} | {100 * (off > 0).mean():.2f} % | {off.max():g} |")


def main():
    image = np.array(Image.open(sys.argv[1]).convert("RGB"))
    frame = np.random.default_rng(1).integers(0, 256, (1, 384, 256, 1), np.uint8)
    print(f"| OpenVINO {ov.__version__.split('-')[0]} | bytes that differ | by at most\n|---|---|---|")
    for name, of_pillow in [("RESIZE_BILINEAR_PILLOW", Image.Resampling.BILINEAR), ("RESIZE_BICUBIC_PILLOW", Image.Resampling.BICUBIC),
                            ("RESIZE_LINEAR", Image.Resampling.BILINEAR)]:
        want = np.array(Image.fromarray(image).resize((224, 256), of_pillow)).astype(float)
        say(f"{name} against Pillow's {of_pillow.name.lower()}", resize(image, getattr(ResizeAlgorithm, name)), want)
    say("NV12 to RGB against libyuv, noise", from_nv12(frame), law(frame))


main()
