# SPDX-License-Identifier: Apache-2.0
"""Wrote tests/fuzz/corpus/fold: run_python make_fuzz_seeds.py OCTET FOLDER"""
import os
import subprocess
import sys

from fold_case import NORMALIZE
from fold_models import already_normalized, any_rank, captured, conv_net, save, two_inputs, two_uses

octet, folder = sys.argv[2:4]
SMALL = {"features": 2, "classes": 4, "size": (6, 6)}
SEEDS = {"nchw": conv_net(**SMALL), "nhwc": conv_net(layout="NHWC", **SMALL), "gray": conv_net(channels=1, **SMALL),
         "half": conv_net(dtype="float16", **SMALL), "listed": conv_net(listed=True, ir=3, opset=8, **SMALL),
         "constant": conv_net(constant_weights=True, **SMALL), "opset18": conv_net(opset=18, **SMALL),
         "odd": conv_net(features=2, classes=4, size=(5, 7)), "two_inputs": two_inputs(), "two_uses": two_uses(),
         "captured": captured(), "tidl_old": already_normalized("old"), "tidl_new": already_normalized("new"),
         "axes": any_rank("HWC")}
for name, model in SEEDS.items():
    save(model, os.path.join(folder, f"{name}.onnx"))
for name, flags in {"layer": [], "rgbx": ["--placement", "rgbx"], "nv12": ["--pixels", "NV12"]}.items():
    subprocess.run([octet, "fold", os.path.join(folder, "nchw.onnx"), "-o", os.path.join(folder, f"folded_{name}.onnx"),
                    *flags, *NORMALIZE], check=True, stdout=subprocess.DEVNULL)
