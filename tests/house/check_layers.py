#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads every #include of src/ and cli/ and fails where a folder reaches into one it must not know (docs/architecture.md)."""
import pathlib
import re
import sys

# folder -> what its files may include, as path prefixes; <octet/...> is allowed everywhere
MAY_INCLUDE = {
    "base": ["base/"],
    "quant": ["quant/", "base/"],
    "recipe": ["recipe/", "base/"],
    "yuv": ["yuv/", "base/"],
    "image": ["image/", "recipe/", "yuv/", "base/"],
    "graph": ["graph/", "base/"],
    "kernels": ["kernels/", "quant/", "yuv/", "base/"],
    "onnx": ["onnx/", "recipe/", "yuv/", "graph/", "base/", "onnx.pb-c.h"],
    "calibrate": ["calibrate/", "quant/", "base/"],
    "passes": ["passes/", "quant/", "recipe/", "yuv/", "graph/", "base/"],
    "plan": ["plan/", "graph/", "base/", "runtime/step.h", "runtime/program.h", "providers/provider.h"],
    "runtime": ["runtime/", "kernels/", "quant/", "yuv/", "base/"],
    "steps": ["steps/", "kernels/", "quant/", "recipe/", "yuv/", "base/", "runtime/step.h"],
    "artifact": ["artifact/", "steps/kinds.h", "runtime/program.h", "base/", "artifact.pb-c.h"],
    "tuning": ["tuning/", "steps/conv_u8s8.h", "kernels/", "runtime/program.h", "runtime/step.h", "base/"],
    "providers": ["providers/", "tuning/table.h", "steps/", "plan/builder.h", "graph/", "kernels/", "quant/", "recipe/", "yuv/", "base/", "runtime/step.h"],
    "api": ["api/", "calibrate/", "quant/", "recipe/", "yuv/", "onnx/read.h", "onnx/write.h", "passes/", "plan/", "providers/", "graph/", "artifact/checksum.h", "artifact/write.h", "tuning/table.h", "runtime/", "base/"],
}
# <system> headers that belong to one folder only
OWNED = {"protobuf-c": "onnx", "xxhash.h": "artifact", "spng.h": "image", "jpeglib.h": "image", "cjson": "cli", "yaml.h": "cli", "argp.h": "cli"}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


def complaints(path, folder, allowed):
    for kind, name in INCLUDE.findall(path.read_text()):
        if kind == '"' and "/" not in name and (path.parent / name).exists():
            name = f"{folder}/{name}"
        if kind == '"' and not any(name.startswith(a) for a in allowed):
            yield f"{path}: {folder}/ must not include \"{name}\""
        for system, owner in OWNED.items():
            if kind == "<" and name.startswith(system) and owner != folder:
                yield f"{path}: only {owner}/ may include <{name}>"


def main():
    root = pathlib.Path(__file__).resolve().parents[2]
    found, n_files = [], 0
    for path in sorted(root.glob("src/**/*.[ch]")):
        folder = path.relative_to(root / "src").parts[0]
        n_files += 1
        if folder not in MAY_INCLUDE:
            found.append(f"{path}: folder {folder}/ is not in the list of layers")
            continue
        found += complaints(path, folder, MAY_INCLUDE[folder])
    own_cli = [p.name for p in root.glob("cli/*.h")]
    for path in sorted(root.glob("cli/*.[ch]")):
        n_files += 1
        found += complaints(path, "cli", own_cli + ["cli/"])
    print("\n".join(found))
    print(f"{n_files} passed, {len(found)} failed")
    return 1 if found or n_files < 50 else 0


sys.exit(main())
