#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whole networks in 8 bits, from raw uint8 pixels to logits: Octet, ONNX Runtime QDQ, OpenVINO and oneDNN in one interleaved run.

    int8_networks.py [--rounds N] [--threads 1,2] [--calib TSV --calib-root DIR] NAME=MODEL.onnx...

NAME is resnet18, resnet50, mobilenetv2 or squeezenet11 (oneDNN's list of layers goes by it); MODEL a float model of 224x224. Each is
quantized by octet compile --calib and by ONNX Runtime's quantize_static (QDQ, uint8, int8 per channel, MinMax) on the same images.
Octet starts from uint8 pixels, ONNX Runtime and OpenVINO from float32 input that somebody has normalized already; both run the same QDQ
file. oneDNN: convolutions and products only. A figure is the median over the rounds of the median of a batch, with the best run in
brackets; ratios are medians of the ratios within rounds. "of peak": MACs / time over the vpdpbusd peak measured in the same run.
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
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from PIL import Image

try:
    import openvino
except ImportError:
    openvino = None

ROOT = pathlib.Path(__file__).resolve().parents[1]
BUILD, OUT = ROOT / "build/release", ROOT / "build/int8"
MEAN, STD = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)
NETS = {"resnet18": "1", "resnet50": "5", "mobilenetv2": "m", "squeezenet11": "s"}


class Process:
    """A program that runs n times for a line n and prints the nanoseconds."""

    def __init__(self, *command):
        env = dict(os.environ, OMP_NUM_THREADS=str(command[-1]) if "onednn" in str(command[0]) else "1")
        words = [str(c) for c in (command[:-1] if "onednn" in str(command[0]) else command)]
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env)
        self.ready = self.process.stdout.readline().split()

    def batch(self, n):
        print(n, file=self.process.stdin, flush=True)
        return [int(t) / 1e6 for t in self.process.stdout.readline().split()]


class Call:
    """A function, timed."""

    def __init__(self, run):
        self.run = run

    def batch(self, n):
        times = []
        for _ in range(n):
            start = time.perf_counter_ns()
            self.run()
            times.append((time.perf_counter_ns() - start) / 1e6)
        return times


def onnx_runtime(model, threads):
    options = ort.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    session = ort.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    feed = {session.get_inputs()[0].name: np.random.default_rng(1).normal(size=(1, 3, 224, 224)).astype(np.float32)}
    return Call(lambda: session.run(None, feed))


def openvino_network(model, threads):
    core = openvino.Core()
    config = {"INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1, "PERFORMANCE_HINT": "LATENCY"}
    request = core.compile_model(core.read_model(model), "CPU", config).create_infer_request()
    x = np.random.default_rng(1).normal(size=(1, 3, 224, 224)).astype(np.float32)
    return Call(lambda: request.infer({0: x}))


class Images(CalibrationDataReader):
    def __init__(self, name, args, n=32):
        rows = [r.split("\t") for r in pathlib.Path(args.calib).read_text().splitlines()]
        files = [r[0] for r in rows if len(r) < 3 or r[2] == "calib"][:n]
        self.feeds = iter([{name: self.load(pathlib.Path(args.calib_root) / f)} for f in files])

    @staticmethod
    def load(path):
        image = Image.open(path).convert("RGB")
        x, y = (image.width - 224) // 2, (image.height - 224) // 2
        pixels = np.asarray(image.crop((x, y, x + 224, y + 224)), np.float32)
        return ((pixels - np.float32(MEAN)) / np.float32(STD)).transpose(2, 0, 1)[None]

    def get_next(self):
        return next(self.feeds, None)


def prepare(name, model, args):
    """(artifact, float artifact, QDQ file), made once."""
    OUT.mkdir(parents=True, exist_ok=True)
    octet, real, qdq = OUT / f"{name}.octet", OUT / f"{name}_f32.octet", OUT / f"{name}_qdq.onnx"
    numbers = [",".join(map(str, v)) for v in (MEAN, STD)]
    command = [str(BUILD / "octet"), "compile", str(model), "--mean", numbers[0], "--std", numbers[1]]
    calibration = ["--calib", args.calib, "--calib-root", args.calib_root]
    subprocess.run([*command, *calibration, "-o", str(octet)], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([*command, "-o", str(real)], check=True, stdout=subprocess.DEVNULL)
    if not qdq.exists():
        quant_pre_process(str(model), str(OUT / "pre.onnx"), skip_symbolic_shape=True)
        name_in = ort.InferenceSession(str(model), providers=["CPUExecutionProvider"]).get_inputs()[0].name
        quantize_static(str(OUT / "pre.onnx"), str(qdq), Images(name_in, args), quant_format=QuantFormat.QDQ, per_channel=True,
                        activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
                        calibrate_method=CalibrationMethod.MinMax)
    return octet, real, qdq


def runners_of(name, files, threads):
    octet, real, qdq = files
    program = BUILD / "bench/time_model"
    r = {"octet": Process(program, octet, threads), "ORT": onnx_runtime(qdq, threads)}
    if openvino:
        r["OpenVINO"] = openvino_network(qdq, threads)
    if (BUILD / "bench/onednn_int8").exists():
        r["oneDNN"] = Process(BUILD / "bench/onednn_int8", NETS[name], threads)
    if threads == 1:
        r["octet avx2"] = Process(program, octet, 1, "avx2")
        r["octet f32 avx2"] = Process(program, real, 1, "avx2")
    else:
        r["octet, 1 thread"] = Process(program, octet, 1)
    return r


def peak():
    line = subprocess.run([BUILD / "tests/kernels/bench_conv_u8s8", "--net", ""], capture_output=True, text=True).stdout.splitlines()
    return float(line[0].split()[-2]) if line else 0


def compare(name, files, threads, rounds):
    runners = runners_of(name, files, threads)
    macs, arena = (int(runners["octet"].ready[i]) for i in (3, 6))
    medians, best, peaks = {k: [] for k in runners}, {k: 1e9 for k in runners}, []
    counts = {}
    for k, r in runners.items():
        r.batch(3)
        counts[k] = max(3, int(60 / min(r.batch(3))))
    for _ in range(rounds):
        peaks.append(peak())
        for k, r in runners.items():
            times = r.batch(counts[k])
            medians[k].append(statistics.median(times))
            best[k] = min(best[k], min(times))
    of_peak = macs / best["octet"] / 1e6 / max(peaks) * 100 if max(peaks) else 0
    for k in runners:
        ratio = statistics.median(b / a for a, b in zip(medians["octet"], medians[k]))
        print(f"| {name} | {threads} | {k} | {statistics.median(medians[k]):.3f} | {best[k]:.3f} | {ratio:.2f} | "
              f"{best[k] / best['octet']:.2f} |", flush=True)
    print(f"| {name} | {threads} | | {macs / best['octet'] / 1e6:.0f} GMAC/s of {max(peaks):.0f} = {of_peak:.0f} % of peak | "
          f"arena {arena / 1e6:.3f} MB | | |", flush=True)
    for r in runners.values():
        if isinstance(r, Process):
            r.process.stdin.close()
            r.process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", metavar="NAME=MODEL.onnx")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--calib", default=str(ROOT / "../shared/data/labels/imagenet_images.tsv"))
    parser.add_argument("--calib-root", default=str(ROOT / "../shared/data/images/imagenet"))
    args = parser.parse_args()
    print(f"{datetime.date.today()}; ONNX Runtime {ort.__version__}; OpenVINO {openvino.__version__ if openvino else 'none'}; load "
          f"{os.getloadavg()[0]:.1f}; `{' '.join(sys.argv)}`\n")
    print("| network | threads | engine | ms, median | ms, best | median / octet's | best / octet's |\n|---|---|---|---|---|---|---|")
    for word in args.models:
        name, _, model = word.partition("=")
        if name not in NETS or not model:
            parser.error(f"'{word}' is not NAME=MODEL with a name of {', '.join(NETS)}")
        files = prepare(name, model, args)
        for threads in map(int, args.threads.split(",")):
            compare(name, files, threads, args.rounds)
    print(f"\nload at the end {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
