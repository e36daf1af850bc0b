#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""From uint8 pixels to logits: the normalization on the host, as nodes of the graph, by OpenVINO's PrePostProcessor, and folded.
Prints a Markdown report. bench/preprocessing_peers runs it.

One photograph, 224x224 RGB, interleaved bytes as decoders and cameras leave them, is handed to each pipeline in turn in short
batches, with pauses so that a runtime's idle threads are asleep when another is timed. A figure is the median over all rounds of
the median of a batch; in brackets the least single run. Accuracy is the largest difference of a logit, as part of the largest
logit, from ONNX Runtime's float32 model fed with pixels normalized in double precision.
"""
import argparse
import ctypes as ct
import datetime
import pathlib
import platform
import statistics
import subprocess
import sys
import time

import numpy as np
import onnxruntime as ort
import openvino as ov
from PIL import Image

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path += [str(ROOT / "tests/pixels"), str(ROOT / "tests/image")]
import octet_image as oi  # noqa: E402
import octet_program as op  # noqa: E402

MEAN, STD = np.float32([123.675, 116.28, 103.53]), np.float32([58.395, 57.12, 57.375])
SCALE = np.float32(1) / STD
SIDE = 224
SETTINGS = argparse.Namespace()  # octet: the program; photograph: its pixels


# ---- the host's part ----

def with_numpy(pixels):
    return np.ascontiguousarray(((pixels.astype(np.float32) - MEAN) * SCALE).transpose(2, 0, 1)[None])


class WithOctet:
    """octet_image_to_float into memory that is there already."""

    def __init__(self, to):
        self.library = oi.Library(str(ROOT / "build/release/liboctet_image.so"))
        self.recipe = oi.Preprocess(layout=op.NCHW, mean=(ct.c_float * 4)(*MEAN), scale=(ct.c_float * 4)(*SCALE))
        self.to, self.size = ct.c_void_p(to.ctypes.data), ct.c_size_t(to.size)

    def __call__(self, pixels):
        view = self.library.view(pixels)
        self.library.call("octet_image_to_float", self.to, self.size, ct.byref(view), ct.byref(self.recipe))


# ---- the pipelines: called with the photograph, they return logits ----

def ort_session(path, threads):
    options = ort.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return session, session.get_inputs()[0].name


def ort_host(model, threads):
    session, name = ort_session(model, threads)
    return lambda pixels: session.run(None, {name: with_numpy(pixels)})[0]


def ort_octet_host(model, threads):
    session, name = ort_session(model, threads)
    x = np.empty((1, 3, SIDE, SIDE), np.float32)
    convert = WithOctet(x)

    def run(pixels):
        convert(pixels)
        return session.run(None, {name: x})[0]
    return run


def ort_nodes(model, threads, pixels_as, *flags):
    """The model as octet fold writes it. Pixels that have another form than the photograph's are made beforehand."""
    folded = ROOT / "build/bench-models" / f"{model.stem}_{flags[-1].replace(',', '_').lower()}.onnx"
    subprocess.run([SETTINGS.octet, "fold", model, "-o", folded, "--mean", ",".join(map(str, MEAN)), "--std",
                    ",".join(map(str, STD)), *flags], check=True, stdout=subprocess.DEVNULL)
    session, name = ort_session(folded, threads)
    fitting = pixels_as(SETTINGS.photograph)
    return lambda pixels: session.run(None, {name: fitting})[0]


def ort_nhwc(model, threads):
    return ort_nodes(model, threads, lambda p: p[None], "--pixels", "RGB,NHWC")


def ort_nchw(model, threads):
    return ort_nodes(model, threads, lambda p: np.ascontiguousarray(p.transpose(2, 0, 1)[None]), "--pixels", "RGB,NCHW")


def ort_rgbx(model, threads):
    def rgbx(p):
        return np.concatenate([p, np.full((SIDE, SIDE, 1), 255, np.uint8)], 2)[None]
    return ort_nodes(model, threads, rgbx, "--placement", "rgbx", "--pixels", "RGBX")


def ov_compile(model, threads, precision):
    config = {"INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1, "PERFORMANCE_HINT": "LATENCY"}
    if precision:
        config["INFERENCE_PRECISION_HINT"] = precision
    return ov.Core().compile_model(model, "CPU", config)


def ov_run(compiled, prepare):
    request, x = compiled.create_infer_request(), ov.Tensor(compiled.input().element_type, compiled.input().shape)
    request.set_input_tensor(x)

    def run(pixels):
        prepare(x.data, pixels)
        request.infer()
        return request.get_output_tensor().data
    return run


def ov_host(model, threads):
    def prepare(to, pixels):
        to[...] = with_numpy(pixels)
    return ov_run(ov_compile(ov.Core().read_model(model), threads, "f32"), prepare)


def ov_preprocessor(model):
    steps = ov.preprocess.PrePostProcessor(ov.Core().read_model(model))
    steps.input().tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
    steps.input().preprocess().convert_element_type(ov.Type.f32).mean(MEAN.tolist()).scale(STD.tolist())
    steps.input().model().set_layout(ov.Layout("NCHW"))
    return steps.build()


def ov_inside(model, threads, precision="f32"):
    def prepare(to, pixels):
        to[0] = pixels
    return ov_run(ov_compile(ov_preprocessor(model), threads, precision), prepare)


def ov_inside_default(model, threads):
    return ov_inside(model, threads, None)


def octet_run(model, threads, placement):
    octet = op.Octet(ROOT / "build/release/liboctet.so")
    recipe = op.recipe(MEAN, SCALE)
    session = octet.compile(model, placement, recipe if placement else None, op.Pixels() if placement else None).session(threads)
    convert = WithOctet(session.input) if placement == op.HOST else None

    def run(pixels):
        if convert:
            convert(pixels)
        else:
            session.input[0] = pixels
        return session.run()
    return run


PIPELINES = [
    ("ONNX Runtime, numpy on the host", ort_host),
    ("ONNX Runtime, octet_image_to_float on the host", ort_octet_host),
    ("ONNX Runtime, octet fold, layer, NCHW pixels given", ort_nchw),
    ("ONNX Runtime, octet fold, layer, NHWC", ort_nhwc),
    ("ONNX Runtime, octet fold, rgbx, NHWC given", ort_rgbx),
    ("OpenVINO f32, numpy on the host", ov_host),
    ("OpenVINO f32, PrePostProcessor, NHWC", ov_inside),
    ("OpenVINO as it comes, PrePostProcessor, NHWC", ov_inside_default),
    ("Octet, host", lambda model, threads: octet_run(model, threads, op.HOST)),
    ("Octet, layer", lambda model, threads: octet_run(model, threads, op.LAYER)),
    ("Octet, fold", lambda model, threads: octet_run(model, threads, op.FOLD)),
]


# ---- measuring ----

def batch(run, argument, n):
    time.sleep(0.02)
    run(argument)
    times = []
    for _ in range(n):
        start = time.perf_counter_ns()
        run(argument)
        times.append((time.perf_counter_ns() - start) / 1e6)
    return times


def interleave(runs, argument, rounds, ms):
    """[(median of medians, least)] of the runs, called in turn, each round beginning with another."""
    n = [max(3, min(50, int(ms / min(batch(run, argument, 3))))) for run in runs]
    medians, least = [[] for _ in runs], [float("inf")] * len(runs)
    for r in range(rounds):
        for k in range(len(runs)):
            i = (k + r) % len(runs)
            times = batch(runs[i], argument, n[i])
            medians[i].append(statistics.median(times))
            least[i] = min(least[i], *times)
    return [(statistics.median(m), b) for m, b in zip(medians, least)]


def exact_logits(model, pixels):
    x = ((pixels.astype(np.float64) - MEAN.astype(np.float64)) / STD.astype(np.float64)).astype(np.float32)
    session, name = ort_session(model, 1)
    return session.run(None, {name: np.ascontiguousarray(x.transpose(2, 0, 1)[None])})[0]


def compare(model, pixels, threads, args):
    runs, exact = [make(model, threads) for _, make in PIPELINES], exact_logits(model, pixels)
    off = [np.abs(np.array(run(pixels)).reshape(-1) - exact.reshape(-1)).max() / np.abs(exact).max() for run in runs]
    for (name, _), (median, least), error in zip(PIPELINES, interleave(runs, pixels, args.rounds, args.ms), off):
        print(f"| {model.stem} | {threads} | {name} | {median:.2f} ({least:.2f}) | {error:.1e} |", flush=True)


def conversions(pixels, args):
    x = np.empty((1, 3, SIDE, SIDE), np.float32)
    runs = [("numpy: astype, subtract, multiply, transpose", with_numpy), ("octet_image_to_float", WithOctet(x))]
    print("| the conversion alone, one thread | us, median (least) |\n|---|---|")
    for (name, _), (median, least) in zip(runs, interleave([run for _, run in runs], pixels, args.rounds, 20)):
        print(f"| {name} | {1000 * median:.0f} ({1000 * least:.0f}) |", flush=True)


def rebinding(model, args):
    program = op.Octet(ROOT / "build/release/liboctet.so").compile(model, op.FOLD, op.recipe(MEAN, SCALE), op.Pixels())
    bgr = op.Pixels(format=op.PIXELS_BGR, layout=op.NCHW)
    other = op.recipe([127.5] * 3, [1 / 127.5] * 3)
    (median, least), = interleave([lambda recipe: program.bind(recipe, bgr)], other, args.rounds, 20)
    print(f"| {model.stem} | {median:.3f} ({least:.3f}) |", flush=True)


def open_passes(model):
    """The steps that OpenVINO runs before its first convolution."""
    ops = ov_compile(ov_preprocessor(model), 1, "f32").get_runtime_model().get_ordered_ops()
    kinds = [op.get_rt_info()["layerType"].astype(str) for op in ops]
    return [k for k in kinds[:kinds.index("Convolution")] if k not in ("Const", "Constant")]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--ms", type=float, default=200, help="milliseconds of a batch")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--models", nargs="*", type=pathlib.Path,
                        default=[ROOT / "build/bench-models" / f"{n}.onnx" for n in ("mobilenetv2", "squeezenet11", "resnet50")])
    parser.add_argument("--image", type=pathlib.Path, default=ROOT / "examples/roadsigns/eval/sheet00.jpg")
    parser.add_argument("--octet", default=ROOT / "build/release/octet", help="the program that has octet fold")
    args = parser.parse_args()
    image = Image.open(args.image).convert("RGB")
    pixels = np.array(image.resize((SIDE, SIDE), Image.Resampling.BILINEAR))
    SETTINGS.octet, SETTINGS.photograph = args.octet, pixels
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.machine())
    print(f"Machine: {cpu}, {datetime.date.today()}; ONNX Runtime {ort.__version__}, OpenVINO {ov.__version__.split('-')[0]}, numpy "
          f"{np.__version__}; {args.rounds} rounds of {args.ms:g} ms, image {args.image.name}\n")
    conversions(pixels, args)
    print("\n| 224x224, batch 1 | threads | pipeline, from pixels to logits | ms, median (least) | off by |\n|---|---|---|---|---|")
    for model in args.models:
        for threads in map(int, args.threads.split(",")):
            compare(model, pixels, threads, args)
    print("\n| octet_program_bind to BGR planes, another mean and scale | ms, median (least) |\n|---|---|")
    for model in args.models:
        rebinding(model, args)
    print("\nOpenVINO's steps before the first convolution: " +
          "; ".join(f"{model.stem}: {', '.join(open_passes(model))}" for model in args.models))


if __name__ == "__main__":
    main()
