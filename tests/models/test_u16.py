# SPDX-License-Identifier: Apache-2.0
"""Networks that ONNX Runtime quantizes to 16 bits here and now, run by both.

    test_u16.py LIBOCTET DATA_DIR        DATA_DIR: ../shared/data

uint16 and int16 activations with int8 and int16 weights. Checked: every convolution runs in 16-bit integers, the float
model's classes come back, outputs are within a few steps of ONNX Runtime's (which computes in float), and all CPU levels
and thread counts give the same bits.
"""
import ctypes as ct
import hashlib
import logging
import os
import sys
import tempfile

import numpy as np
import onnxruntime as ort
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../pixels"))
from octet_program import Octet  # noqa: E402

MODELS = {"resnet8": ([0, 0, 0], [1, 1, 1]), "resnet20": ([125.307, 122.961, 113.8575], [51.5865, 50.847, 51.255])}
TYPES = [("QUInt16", "QInt8"), ("QUInt16", "QInt16"), ("QInt16", "QInt16")]
# of 65535 between the smallest and the largest output; those of resnet8 are probabilities, which a step of a logit (1/65535 of
# a range of some 60) moves by up to 15
MOST_STEPS = {"resnet8": 48, "resnet20": 12}


class StepInfo(ct.Structure):
    _fields_ = [("name", ct.c_char_p), ("op", ct.c_char_p), ("provider", ct.c_char_p), ("kernel", ct.c_char_p),
                ("rank", ct.c_int32), ("dims", ct.c_int64 * 8), ("dtype", ct.c_int), ("macs", ct.c_uint64),
                ("n_parameters", ct.c_uint64), ("reason", ct.c_char_p), ("later", ct.c_uint8 * 256)]


class Images(CalibrationDataReader):
    def __init__(self, name, images):
        self.items = iter([{name: image[None]} for image in images])

    def get_next(self):
        return next(self.items, None)


def read_images(path, n, mean, std):
    raw = np.fromfile(path, np.uint8).reshape(-1, 3073)[:n, 1:].reshape(-1, 3, 32, 32).astype(np.float32)
    return (raw - np.float32(mean).reshape(1, 3, 1, 1)) / np.float32(std).reshape(1, 3, 1, 1)


def convolutions(octet, program):
    """Kernels of the steps that multiply."""
    names, i, info = [], 0, StepInfo()
    while octet.c.octet_program_step(program.handle, i, ct.byref(info)) == 0:
        if info.macs:
            names.append(info.kernel.decode())
        i += 1
    return names


def outputs(octet, path, images, cpu, threads):
    program = octet.compile(path, cpu=cpu)
    session = program.session(threads)
    rows = []
    for image in images:
        session.input[:] = image[None]
        rows.append(session.run().copy().reshape(-1))
    return np.array(rows), convolutions(octet, program)


def check(octet, data, model, activations, weights, folder):
    mean, std = MODELS[model]
    source = os.path.join(data, "models", model + ".onnx")
    path = os.path.join(folder, f"{model}_{activations}_{weights}.onnx")
    reference = ort.InferenceSession(source)
    name = reference.get_inputs()[0].name
    calibration = read_images(os.path.join(data, "images/cifar10/train1000.bin"), 100, mean, std)
    images = read_images(os.path.join(data, "images/cifar10/test500.bin"), 500, mean, std)
    quantize_static(source, path, Images(name, calibration), quant_format=QuantFormat.QDQ, per_channel=True,
                    activation_type=getattr(QuantType, activations), weight_type=getattr(QuantType, weights))
    quantized = ort.InferenceSession(path)
    theirs = np.array([quantized.run(None, {name: image[None]})[0].reshape(-1) for image in images])
    floats = np.array([reference.run(None, {name: image[None]})[0].reshape(-1) for image in images])
    ours, kernels = outputs(octet, path, images, None, 1)
    hashes = set()
    for cpu in ("ref", "avx2", "avx512vnni"):
        try:
            rows = [outputs(octet, path, images[:8], cpu, threads)[0] for threads in (1, 2, 4)]
        except RuntimeError as why:
            if "this machine" not in str(why) and "this CPU" not in str(why):
                raise
            continue
        hashes |= {hashlib.sha256(r.tobytes()).hexdigest() for r in rows}
    step = (theirs.max() - theirs.min()) / 65535
    steps = np.abs(ours - theirs).max() / step
    same = int((ours.argmax(1) == floats.argmax(1)).sum())
    theirs_same = int((theirs.argmax(1) == floats.argmax(1)).sum())
    wide = sum("u16" in k for k in kernels)
    print(f"{model} {activations} {weights}: {wide} of {len(kernels)} products in 16 bits, top-1 as float {same} of 500 "
          f"(ONNX Runtime {theirs_same}), at most {steps:.1f} steps from ONNX Runtime, {len(hashes)} hash")
    failed = []
    if wide != len(kernels):
        failed.append(f"kernels {kernels}")
    if same < theirs_same or (weights == "QInt16" and same != 500):
        failed.append("classes")
    if not steps <= MOST_STEPS[model]:
        failed.append("steps")
    if len(hashes) != 1:
        failed.append("hashes differ")
    return failed


def main():
    logging.disable(logging.WARNING)
    octet, data = Octet(sys.argv[1]), sys.argv[2]
    if not os.path.exists(data):
        return 77
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        for model in MODELS:
            for activations, weights in TYPES:
                for why in check(octet, data, model, activations, weights, folder):
                    print(f"FAILED: {model} {activations} {weights}: {why}")
                    failures += 1
    return failures != 0


sys.exit(main())
