#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Times Octet, an older build of it and ONNX Runtime on the same quantized models, in turn in short batches.

    compare_int8.py [--before TIME_MODEL] [--rounds N] [--threads 1,2] [--levels auto,avx2] MODEL.onnx...

Each figure is the median over the rounds of the median of a batch, with the best run in brackets; ratios are medians of the
ratios of neighbouring batches, so that slow drifts of the machine cancel out. Input: float, as the files have it.
"""
import argparse
import datetime
import os
import pathlib
import statistics
import subprocess
import sys
import time

import numpy as np
import onnxruntime as ort

ROOT = pathlib.Path(__file__).resolve().parents[1]


class Octet:
    def __init__(self, program, model, threads, level):
        command = [program, model, str(threads), level]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        words = self.process.stdout.readline().split()
        self.macs, self.arena = int(words[3]), int(words[6])

    def batch(self, n):
        print(n, file=self.process.stdin, flush=True)
        return [int(t) / 1e6 for t in self.process.stdout.readline().split()]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class OnnxRuntime:
    def __init__(self, model, threads):
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self.session = ort.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        info = self.session.get_inputs()[0]
        shape = [d if isinstance(d, int) else 1 for d in info.shape]
        self.feed = {info.name: np.random.default_rng(1).normal(size=shape).astype(np.float32)}

    def batch(self, n):
        times = []
        for _ in range(n):
            start = time.perf_counter_ns()
            self.session.run(None, self.feed)
            times.append((time.perf_counter_ns() - start) / 1e6)
        return times


def compare(model, threads, level, args):
    runners = {"now": Octet(ROOT / "build/release/bench/time_model", model, threads, level),
               "ort": OnnxRuntime(model, threads)}
    if args.before:
        runners["before"] = Octet(args.before, model, threads, level)
    for r in runners.values():
        r.batch(3)
    n = max(3, int(40 / statistics.median(runners["now"].batch(3))))
    medians, best = {k: [] for k in runners}, {k: 1e9 for k in runners}
    for _ in range(args.rounds):
        for k, r in runners.items():
            times = r.batch(n)
            medians[k].append(statistics.median(times))
            best[k] = min(best[k], min(times))
    cells = [f"{statistics.median(medians[k]):.3f} ({best[k]:.3f})" for k in ("now", "before", "ort") if k in runners]
    ratios = [f"{statistics.median(b / a for a, b in zip(medians['now'], medians[k])):.2f}"
              for k in ("before", "ort") if k in runners]
    now = runners["now"]
    print(f"| {pathlib.Path(model).stem} | {level} | {threads} | {' | '.join(cells)} | {' | '.join(ratios)} | "
          f"{now.macs / best['now'] / 1e6:.0f} | {now.arena / 1e6:.2f} |", flush=True)
    for r in runners.values():
        if isinstance(r, Octet):
            r.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+")
    parser.add_argument("--before", help="time_model of an older build")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--levels", default="auto")
    args = parser.parse_args()
    print(f"{datetime.date.today()}; ONNX Runtime {ort.__version__}; load {os.getloadavg()[0]:.1f}; "
          f"`{' '.join(sys.argv)}`\n")
    columns = ["model", "level", "threads", "ms (best)"] + ["before, ms"] * bool(args.before) + ["ORT, ms"]
    columns += ["before / now"] * bool(args.before) + ["ORT / now", "GMAC/s of the best", "arena, MB"]
    print("| " + " | ".join(columns) + " |\n" + "|---" * len(columns) + "|")
    for model in args.models:
        for level in args.levels.split(","):
            for threads in map(int, args.threads.split(",")):
                compare(model, threads, level, args)
    print(f"\nload at the end {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
