#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_padding.py CC: the parameters of steps, which artifacts hold as they lie in memory, have no padding, whose bytes nobody
sets: compiles the headers of src/steps with -Wpadded and looks at the structs of src/steps, src/kernels and src/yuv that it names.
A gap is filled with a member called `unused`, which every initializer makes zero."""
import pathlib
import re
import subprocess
import sys

# structs that no parameters hold
ELSEWHERE = re.compile(r"_(args|weights|walk|taps|planes|file)$|^oct_yuv_source$")
WARNING = re.compile(r"^(\S+?):(\d+):\d+: warning: padding", re.M)


def struct_around(path, line):
    return next(m[1] for text in path.read_text().splitlines()[line - 1:] if (m := re.match(r"\} (\w+);", text)))


def main():
    root = pathlib.Path(__file__).resolve().parents[2]
    headers = sorted(root.glob("src/steps/*.h"))
    source = "".join(f'#include "steps/{h.name}"\n' for h in headers)
    done = subprocess.run([sys.argv[1], "-std=c11", "-Wpadded", "-fsyntax-only", f"-I{root}/src", f"-I{root}/include", "-xc", "-"],
                          input=source, capture_output=True, text=True)
    if done.returncode:
        print(done.stderr)
        return 1
    bad, n_seen = set(), 0
    for name, line in WARNING.findall(done.stderr):
        path = pathlib.Path(name).resolve()
        n_seen += 1
        if not path.is_relative_to(root / "src") or path.relative_to(root / "src").parts[0] not in ("steps", "kernels", "yuv"):
            continue
        struct = struct_around(path, int(line))
        if not ELSEWHERE.search(struct):
            bad.add(f"{path}:{line}: {struct} has padding")
    print("\n".join(sorted(bad)))
    print(f"{len(headers)} headers, {n_seen} gaps, {len(bad)} of them in parameters")
    return 1 if bad or n_seen == 0 or len(headers) < 5 else 0


sys.exit(main())
