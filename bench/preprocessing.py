#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs bench_first_layer and `octet bench` on whole networks and prints what they say as one Markdown report.

Images are noise on a gradient, as PPM, of the size of the network's input: decoding is a copy and nothing is resized, so that
normalization and run are what is measured. A pipeline whose scores are apart, or an octet that fails, stops the report.
"""
import argparse
import datetime
import json
import os
import pathlib
import platform
import random
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[1]
BUILD = ROOT / "build/release"
MODELS = ["resnet18", "mobilenetv2", "squeezenet11"]
SIZES = [(224, 224), (1920, 1080)]
RECIPE = ["--mean", "123.675,116.28,103.53", "--std", "58.395,57.12,57.375"]


def machine():
    """Model, cores, and the flags of the vector units."""
    lines = open("/proc/cpuinfo").read().splitlines() if os.path.exists("/proc/cpuinfo") else []
    fields = dict(line.split(":", 1) for line in lines if ":" in line)
    fields = {key.strip(): value.strip() for key, value in fields.items()}
    model = " ".join(fields.get(key, "") for key in ("model name", "cpu family", "model"))
    vector = [f for f in fields.get("flags", "").split() if f.startswith(("avx", "fma", "f16c", "amx"))]
    return f"{model or platform.machine()} (name, family, model), {os.cpu_count()} cores, {' '.join(vector)}"


def write_image(path, width, height):
    numbers = random.Random(1)
    noise = numbers.randbytes(width * height * 3)
    pixels = bytes((3 * (i % (width * 3)) * 64 // (width * 3) + (n >> 2)) for i, n in enumerate(noise))
    path.write_bytes(b"P6 %d %d 255\n" % (width, height) + pixels)


def bench(model, width, height, seconds):
    image = ROOT / f"build/bench-{width}x{height}.ppm"
    if not image.exists():
        write_image(image, width, height)
    command = [BUILD / "octet", "bench", ROOT / "build/bench-models-free" / f"{model}.onnx", "--image", image, "--resize", "none",
               "--crop", f"{width}x{height}", *RECIPE, "--seconds", str(seconds), "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def ms(numbers, which="median_ns"):
    return f"{numbers[which] / 1e6:.3f}"


def speed_up(pipeline, name):
    s = pipeline["against_first"][name]
    low, high = s["interval_95"]
    return f"{s['median']:.3f} ({low:.3f} to {high:.3f})"


def print_network(model, width, height, seconds):
    report = bench(model, width, height, seconds)
    host, layer, fold = report["pipelines"]
    three = (host, layer, fold)
    parts = [" / ".join(ms(p["stages"]["normalize"]) for p in three), " / ".join(ms(p["total"]) for p in three),
             " / ".join(ms(p["total"], "least_ns") for p in three),
             speed_up(layer, "speed_up"), speed_up(fold, "speed_up"), speed_up(fold, "speed_up_of_cpu_time"),
             f"{host['total']['bytes_moved']:,} / {fold['total']['bytes_moved']:,}",
             f"{fold['against_first']['difference']:.1e}", str(report["rounds"]), "yes" if report["disturbed"] else "no"]
    print(f"| {model} | {width}x{height} | {' | '.join(parts)} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=4, help="for a line of the first tables; networks get five times as long")
    parser.add_argument("--models", default=",".join(MODELS))
    args = parser.parse_args()
    load = ", ".join(f"{v:.1f}" for v in os.getloadavg())
    print(f"Machine: {machine()}. {datetime.date.today()}, load {load} at the beginning. One thread.\n")
    print(f"    bench/preprocessing --seconds {args.seconds} --models {args.models}\n\n## First layers\n", flush=True)
    subprocess.run([BUILD / "bench/bench_first_layer", str(args.seconds)], check=True)
    print("\n## Whole networks\n\nhost / layer / fold; medians over the rounds of `octet bench`, and the least; speed-ups against "
          "host with 95 % intervals.\n")
    columns = ["network", "image", "normalize ms", "total ms", "least total ms", "layer's speed-up", "fold's speed-up",
               "fold's in CPU time", "bytes moved, host / fold", "scores apart", "rounds", "disturbed"]
    print(f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}")
    for model in args.models.split(","):
        for width, height in SIZES:
            print_network(model, width, height, 5 * args.seconds)


if __name__ == "__main__":
    main()
