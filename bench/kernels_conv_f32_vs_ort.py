#!/usr/bin/env python3
"""Single convolution layers: Octet's float kernels against ONNX Runtime's, interleaved on one thread.

  python3 bench/kernels_conv_f32_vs_ort.py BENCH_CONV_F32 [--net 15ms] [--rounds 5] [--ms 60] [--only TEXT]

Needs PyPI numpy, onnx, onnxruntime. ONNX Runtime's time is that of the Conv (or Gemm) node alone, read from its own
profile, so its reorders of the layout at the model's edges do not count. Both sides fuse ReLU and the residual.
SPDX-License-Identifier: Apache-2.0
"""
import argparse
import json
import os
import re
import subprocess
import tempfile
import time

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper


def read_layers():
    here = os.path.dirname(os.path.abspath(__file__))
    text = open(os.path.join(here, "../tests/kernels/conv_f32_layers.h")).read()
    return [(net, *map(int, numbers.split(",")))
            for net, numbers in re.findall(r"\{'(.)', ([-\d, ]+)\}", text)]


def make_model(C, OC, H, K, stride, pad, groups, residual):
    rng = np.random.default_rng(1)
    w = rng.standard_normal((OC, C // groups, K, K), dtype=np.float32)
    OH = (H + 2 * pad - K) // stride + 1
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, C, H, H] if H > 1 else [1, C])]
    if H == 1:
        nodes = [helper.make_node("Gemm", ["x", "w"], ["a"], transB=1)]
        w, y_shape = w.reshape(OC, C), [1, OC]
    else:
        nodes = [helper.make_node("Conv", ["x", "w"], ["a"], kernel_shape=[K, K], strides=[stride] * 2,
                                  pads=[pad] * 4, group=groups)]
        y_shape = [1, OC, OH, OH]
    last = "a"
    if residual:
        inputs.append(helper.make_tensor_value_info("r", TensorProto.FLOAT, y_shape))
        nodes.append(helper.make_node("Add", ["a", "r"], ["b"]))
        last = "b"
    nodes.append(helper.make_node("Relu", [last], ["y"]))
    graph = helper.make_graph(nodes, "g", inputs, [helper.make_tensor_value_info("y", TensorProto.FLOAT, y_shape)],
                              [numpy_helper.from_array(w, "w")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    feed = {"x": rng.standard_normal([1, C, H, H] if H > 1 else [1, C], dtype=np.float32)}
    if residual:
        feed["r"] = rng.standard_normal(y_shape, dtype=np.float32)
    return model.SerializeToString(), feed


def ort_times(model, feed, ms):
    """Durations of the Conv or Gemm node in us."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.enable_profiling = True
    options.log_severity_level = 3
    options.profile_file_prefix = os.path.join(tempfile.gettempdir(), "conv_f32_vs_ort")
    session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    start, n = time.perf_counter(), 0
    while n < 5 or (time.perf_counter() - start) * 1e3 < ms:
        session.run(None, feed)
        n += 1
    path = session.end_profiling()
    events = json.load(open(path))
    os.unlink(path)
    times = {}
    for e in events:
        if e.get("cat") == "Node" and e["name"].endswith("_kernel_time"):
            times.setdefault(e["args"]["op_name"], []).append(e["dur"])
    # a residual or ReLU that was not fused is part of the layer
    names = [n for n in times if n not in ("ReorderInput", "ReorderOutput")]
    return np.sum([times[n] for n in names], axis=0)[2:], "+".join(names)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bench")
    parser.add_argument("--net", default="15ms")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--ms", type=float, default=60)
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    ours = subprocess.Popen([args.bench, "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    totals = {}
    print(f"ONNX Runtime {ort.__version__}; best (median) of {args.rounds} rounds of {args.ms:g} ms, in us")
    print("| net x | layer | ours us | GMAC/s | % of peak | ORT us | GMAC/s | ORT/ours best (median) | kernel |")
    print("|---|---|---|---|---|---|---|---|---|")
    for net, count, C, OC, H, K, stride, pad, groups, residual in read_layers():
        name = f"{K}x{K}/{stride} {C}->{OC} @{H}" + (" dw" if groups > 1 else "") + (" +res" if residual else "")
        if net not in args.net or args.only not in name:
            continue
        model, feed = make_model(C, OC, H, K, stride, pad, groups, residual)
        best, median, peak, theirs = [], [], [], []
        for _ in range(args.rounds):
            ours.stdin.write(f"{C} {OC} {H} {K} {stride} {pad} {groups} {residual} {args.ms}\n")
            ours.stdin.flush()
            b, m, p, macs, kernel = ours.stdout.readline().rstrip("\n").split(" ", 4)
            best.append(float(b)), median.append(float(m)), peak.append(float(p))
            theirs.append(ort_times(model, feed, args.ms)[0])
        b, m, p, macs = min(best), float(np.median(median)), max(peak), float(macs)
        ob, om = min(map(np.min, theirs)), float(np.median([np.median(t) for t in theirs]))
        print(f"| {net} {count} | {name} | {b:.1f} ({m:.1f}) | {macs / b * 1e-3:.1f} | {macs / b * 1e-1 / p:.0f} "
              f"| {ob:.0f} ({om:.0f}) | {macs / ob * 1e-3:.1f} | {ob / b:.2f} ({om / m:.2f}) | {kernel} |", flush=True)
        total = totals.setdefault(net, [0, 0, 0, 0, 0])
        for i, v in enumerate((b, m, ob, om, macs)):
            total[i] += v * count
    for net, (b, m, ob, om, macs) in totals.items():
        print(f"| {net} all | {macs * 1e-9:.3f} GMAC | {b:.0f} ({m:.0f}) | {macs / b * 1e-3:.1f} | "
              f"| {ob:.0f} ({om:.0f}) | {macs / ob * 1e-3:.1f} | {ob / b:.2f} ({om / m:.2f}) | |")


main()
