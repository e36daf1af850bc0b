#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs octet doctor on every model of a models.tsv and compares what it names with what is recorded there.

    python3 bench/doctor.py --data DIR [--octet build/release/octet] [--threads 1] [--images 100] [MODEL...]

DIR holds models/models.tsv (columns model, set, mean, std, order, class_offset, ...), the models, and the labelled images:
imagenet (labels/imagenet_images.tsv: octet doctor sees the split calib, octet eval the split eval), cifar10 (train1000.bin and
test500.bin) and mnist (t10k, gzipped: the first images, and all). The table shows the recipe found, top-1 of it and of the
recorded one by octet eval, the p of their difference, how many of the candidates octet doctor could not tell from the
one it named, and the seconds that it took.
A model passes if mean, scale and order are the recorded ones, or if top-1 is within the noise of theirs or above it: octet
eval's predictions are compared by McNemar's exact test, at 5 %. Exit code 1 if fewer models pass than --least, or if one takes more than --seconds.
"""
import argparse
import gzip
import json
import math
import pathlib
import subprocess
import sys
import tempfile
import time


def run(octet, *arguments):
    return subprocess.run([octet, *map(str, arguments)], capture_output=True, text=True)


def image_flags(data, kind, work):
    """Flags for octet doctor and for octet eval."""
    images = data / "images"
    if kind == "imagenet":
        flags = ["--images", data / "labels/imagenet_images.tsv", "--root", images / "imagenet", "--split"]
        return flags + ["calib"], flags + ["eval"]
    if kind == "cifar10":
        return ["--images", images / "cifar10/train1000.bin"], ["--images", images / "cifar10/test500.bin"]
    for name in ("images-idx3", "labels-idx1"):
        with gzip.open(images / "mnist" / ("t10k-%s-ubyte.gz" % name)) as packed:
            (work / name).write_bytes(packed.read())
    flags = ["--images", work / "images-idx3", "--labels-idx", work / "labels-idx1"]
    return flags, flags


def predictions(octet, model, images, recipe, path):
    """Top-1 in percent, and the classes."""
    done = run(octet, "eval", model, *images, *recipe, "--predictions", path, "--json")
    if done.returncode != 0:
        sys.exit("octet eval %s: %s" % (model, done.stderr))
    return 100 * json.loads(done.stdout)["top1"]["value"], path.read_text().split()


def truths(octet, model, images, path):
    """Classes of the images: those of octet eval's mistakes, elsewhere the predictions."""
    done = run(octet, "eval", model, *images, "--predictions", path, "--mistakes", "--json")
    classes = path.read_text().split()
    rows = {}
    if "--split" in images:  # rows count all lines of the list
        lines = [l.split("\t") for l in pathlib.Path(images[1]).read_text().splitlines() if l and l[0] != "#"]
        chosen = [i for i, l in enumerate(lines) if l[2] == images[images.index("--split") + 1]]
        rows = {row: i for i, row in enumerate(chosen)}
    for mistake in json.loads(done.stdout)["mistakes"]:
        classes[rows.get(mistake["row"], mistake["row"])] = str(mistake["class"])
    return classes


def mcnemar(found, recorded, truth):
    only = [sum(a == t and b != t for a, b, t in zip(x, y, truth)) for x, y in ((found, recorded), (recorded, found))]
    n, k = sum(only), max(only)
    return min(1.0, 2 * sum(math.comb(n, i) for i in range(k, n + 1)) / 2 ** n)


def same_numbers(found, row, octet_flags):
    """The flags are the recorded numbers, as octet doctor writes them."""
    flag = dict(zip(octet_flags[::2], octet_flags[1::2]))
    def numbers(text):
        values = [float(v) for v in text.split(",")]
        return values * 3 if len(values) == 1 else values
    return (numbers(flag["--mean"]) == numbers(row["mean"]) and "--std" in flag and
            numbers(flag["--std"]) == numbers(row["std"]) and flag["--order"].upper() == row["order"] and
            found["class_offset"] == int(row["class_offset"]))


def examine(options, row, work):
    model = options.data / "models" / (row["model"] + ".onnx")
    sample, images = image_flags(options.data, row["set"], work)
    start = time.monotonic()
    done = run(options.octet, "doctor", model, *sample, "--limit", options.images, "--threads", options.threads, "--json")
    seconds = time.monotonic() - start
    report = json.loads(done.stdout) if done.stdout else {}
    if not report.get("found"):
        return "%-30s nothing named: %s" % (row["model"], done.stderr.strip()), False, seconds
    found = report["found"]
    flags = found["flags"].split()
    recorded = ["--mean", row["mean"], "--std", row["std"], "--order", row["order"], "--class-offset", row["class_offset"]]
    top_found, seen_found = predictions(options.octet, model, images, flags, work / "found")
    top_recorded, seen_recorded = predictions(options.octet, model, images, recorded, work / "recorded")
    p = mcnemar(seen_found, seen_recorded, truths(options.octet, model, images, work / "truth"))
    same = same_numbers(found, row, flags)
    passes = same or p >= 0.05 or top_found > top_recorded
    verdict = "the recorded one" if same else "as good" if p >= 0.05 else "better" if passes else "WORSE"
    resize = "%s%s" % (found["recipe"]["resize"], "" if found["recipe"]["crop"] else ", no crop")
    text = "%-30s %-20s %-4s %-12s %6.2f  %6.2f  %5.2f  %3d/%-3d  %6.1f  %s" % (
        row["model"], found["family"], found["recipe"]["order"],
        resize if found["geometry_known"] else "-", top_found, top_recorded, p, len(report["not_told_apart"]),
        report["candidates"], seconds, verdict)
    return text, passes, seconds


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--octet", default="build/release/octet")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--images", type=int, default=100)
    parser.add_argument("--least", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("models", nargs="*")
    options = parser.parse_args()
    if not (options.data / "models/models.tsv").exists():
        print("skipped: there is no %s" % (options.data / "models/models.tsv"))
        return 77
    lines = (options.data / "models/models.tsv").read_text().splitlines()
    rows = [dict(zip(lines[0].split("\t"), line.split("\t"))) for line in lines[1:]]
    rows = [row for row in rows if not options.models or row["model"] in options.models]
    print("%-30s %-20s %-4s %-12s %6s  %6s  %5s  %7s  %6s" % ("model", "found", "", "resize", "top-1", "rec.", "p", "open", "s"))
    n_passed, slowest = 0, 0.0
    with tempfile.TemporaryDirectory() as work:
        for row in rows:
            text, passes, seconds = examine(options, row, pathlib.Path(work))
            print(text, flush=True)
            n_passed += passes
            slowest = max(slowest, seconds)
    print("%d of %d models pass; the slowest took %.1f s" % (n_passed, len(rows), slowest))
    return 0 if n_passed >= min(options.least, len(rows)) and slowest <= options.seconds else 1


if __name__ == "__main__":
    sys.exit(main())
