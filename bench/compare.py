#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Times Octet and ONNX Runtime on the same models, alternating in short batches, and prints a Markdown report.

Each figure is the median over rounds of the median of a batch; the ratio is the median of the ratios of neighbouring
batches, so that slow drifts of the machine cancel out. Peak is a register-only FMA loop timed in every round.
"""
import argparse
import datetime
import pathlib
import platform
import statistics
import subprocess
import sys
import time

import numpy as np
import onnxruntime as ort

ROOT = pathlib.Path(__file__).resolve().parents[1]
MODELS = ["resnet18", "resnet50", "mobilenetv2", "squeezenet11"]


class Octet:
    def __init__(self, model, threads):
        command = [ROOT / "build/release/bench/time_model", model, str(threads)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        load, first, macs, rss, weights, arena = self.process.stdout.readline().split()[1:]
        self.load_ms, self.first_ms, self.macs = float(load), float(first), int(macs)
        self.rss_mb = int(rss) / 1024
        self.over_mb = int(rss) / 1024 - (int(weights) + int(arena)) / 2**20

    def ask(self, line):
        print(line, file=self.process.stdin, flush=True)
        return self.process.stdout.readline()

    def batch(self, n):
        return [int(t) / 1e6 for t in self.ask(n).split()]

    def peak_gmacs(self):
        return float(self.ask("peak"))

    def layers(self, n):
        rows, line = [], self.ask(f"layers {n}")
        while line.strip():
            rows.append(line.rstrip("\n").split("\t"))
            line = self.process.stdout.readline()
        return rows

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class OnnxRuntime:
    def __init__(self, model, threads):
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self.session = ort.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        shape = [1, 3, 224, 224]
        self.feed = {self.session.get_inputs()[0].name: np.random.default_rng(1).normal(size=shape).astype(np.float32)}

    def batch(self, n):
        times = []
        for _ in range(n):
            start = time.perf_counter_ns()
            self.session.run(None, self.feed)
            times.append((time.perf_counter_ns() - start) / 1e6)
        return times


def compare(name, threads, rounds):
    model = ROOT / "build/bench-models" / f"{name}.onnx"
    ours, theirs = Octet(model, threads), OnnxRuntime(model, threads)
    ours.batch(2), theirs.batch(2)
    n = max(2, int(60 / statistics.median(ours.batch(3))))
    mine, other, peaks = [], [], []
    for _ in range(rounds):
        peaks.append(ours.peak_gmacs())
        mine.append(statistics.median(ours.batch(n)))
        other.append(statistics.median(theirs.batch(n)))
    ratio = statistics.median(b / a for a, b in zip(mine, other))
    gmacs = ours.macs / statistics.median(mine) / 1e6
    share = gmacs / statistics.median(peaks) / threads
    print(f"| {name} | {threads} | {statistics.median(mine):.2f} ({min(mine):.2f}) | {statistics.median(other):.2f} "
          f"({min(other):.2f}) | **{ratio:.2f}** | {gmacs:.1f} | {100 * share:.0f} % | {ours.load_ms + ours.first_ms:.0f} | "
          f"{ours.rss_mb:.0f} ({ours.over_mb:+.1f}) |", flush=True)
    return ours


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--models", default=",".join(MODELS))
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--layers", action="store_true", help="also print the time of each layer")
    args = parser.parse_args()
    cpu = next((l.split(":")[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), platform.machine())
    print(f"Machine: {cpu}, {datetime.date.today()}; ONNX Runtime {ort.__version__}; `bench/compare {' '.join(sys.argv[1:])}`\n")
    print("| model, 224x224 | threads | octet ms (best) | ONNX Runtime ms (best) | ratio ORT/octet | GMAC/s | of peak | "
          "load + first run ms | peak MB (above weights + arena) |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name in args.models.split(","):
        for threads in map(int, args.threads.split(",")):
            ours = compare(name, threads, args.rounds)
            if args.layers:
                for ns, macs, op, kernel, step in ours.layers(20):
                    print(f"    {int(ns) / 1e3:9.1f} us {int(macs) / max(1, int(ns)):7.1f} GMAC/s  {op:28} {kernel:24} {step}")
            ours.close()


if __name__ == "__main__":
    main()
