#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""hostile_cli.py OCTET ROADSIGNS_FOLDER [--few]: broken, absurd and malicious models, images and lists, through the program.

Each must end within ten seconds and 2 GiB with a proper exit code, and say why in one sentence that begins with "octet: ";
only a list of refused nodes (exit code 4) has more lines. --few: for sanitizers, which are slow and need more memory."""
import concurrent.futures
import os
import pathlib
import random
import resource
import subprocess
import sys
import tempfile

from onnx_bytes import F32, I32, U8, data, floats, ints, model, node, number, tensor, value

OCTET, SIGNS, FEW = sys.argv[1], pathlib.Path(sys.argv[2]), "--few" in sys.argv
FLAGS = ["--mean", "0,0,0", "--std", "255,255,255"]
SECONDS, MEMORY = (60 if FEW else 10), 2 << 30
BAD, NO = {3}, {4} # the design's codes: bad input, unsupported
work = pathlib.Path(tempfile.mkdtemp(prefix="hostile-"))
cases = [] # (name, command, allowed exit codes)


def limit():
    os.setsid()
    if not FEW:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def complaint(name, command, allowed):
    """What is wrong with how the program took it; None if nothing."""
    try:
        done = subprocess.run([OCTET, *map(str, command)], stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS,
                              preexec_fn=limit)
    except subprocess.TimeoutExpired:
        return f"{name}: still running after {SECONDS} s"
    lines = done.stderr.decode(errors="replace").splitlines()
    said = [line for line in lines if not line.startswith("octet: note: ")]
    where = f"{name}: exit code {done.returncode}, stderr {lines[:6]}"
    if done.returncode not in allowed:
        return f"{where}; expected {sorted(allowed)}"
    if done.returncode == 0:
        return f"{where}; a sentence with success" if said else None
    if not said or not said[0].startswith("octet: ") or len(said[0]) < 20:
        return f"{where}; no sentence"
    if len(said) > 1 and done.returncode != 4:
        return f"{where}; more than one sentence"
    return None


def add(name, command, allowed):
    cases.append((name, command, allowed))


def save(name, content):
    path = work / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return path


PIXELS = save("good.ppm", b"P6 8 8 255 " + bytes(range(192)))


def add_fold(name, path, allowed):
    out = work / f"folded{len(cases)}.onnx"
    add(f"{name}, fold", ["fold", path, "-o", out, "--mean", "127.5", *(["--placement", "rgbx"] if len(cases) % 3 else [])],
        allowed)


def add_model(name, content, allowed, image=PIXELS):
    path = save(f"{name}.onnx", content)
    add(name, ["run", path, image, *FLAGS], allowed)
    add(f"{name}, inspect", ["inspect", path, "--nodes"], allowed | {0})
    add_fold(name, path, {0, 1, 2, 3, 4})


def flips(content, n, seed):
    """n copies with 1 to 8 bits turned."""
    dice = random.Random(seed)
    for i in range(n):
        copy = bytearray(content)
        for _ in range(dice.randint(1, 8)):
            copy[dice.randrange(len(copy))] ^= 1 << dice.randrange(8)
        yield i, bytes(copy)


# ---- the sample model, damaged ----

def add_damaged_model():
    good = (SIGNS / "roadsigns.onnx").read_bytes()
    image = sorted(SIGNS.glob("samples/*.png"))[0]
    graph_end = min(len(good), 20000) # beyond are weights, where a bit does little
    add("the sample model itself", ["run", SIGNS / "roadsigns.onnx", image, *FLAGS], {0})
    for i in range(0, 64, 4 if FEW else 1):
        path = save(f"cut{i}.onnx", good[:len(good) * i // 64])
        add(f"sample model cut to {i}/64", ["run", path, image, *FLAGS], BAD)
        add_fold(f"sample model cut to {i}/64", path, BAD)
    for i, bad in flips(good[:graph_end], 10 if FEW else 120, 1):
        path = save(f"flip{i}.onnx", bad + good[graph_end:])
        add(f"sample model, bits turned {i}", ["run", path, image, *FLAGS], {0, 3, 4})
        add_fold(f"sample model, bits turned {i}", path, {0, 1, 2, 3, 4})
    for i, bad in flips(good, 5 if FEW else 80, 2):
        add(f"sample model, bits turned anywhere {i}", ["run", save(f"any{i}.onnx", bad), image, *FLAGS], {0, 3, 4})


# ---- models that are no models ----

def add_non_models():
    fifo, folder = work / "fifo", work / "folder.onnx"
    os.mkfifo(fifo)
    folder.mkdir()
    for name, path in (("folder", folder), ("absent", work / "absent.onnx"), ("fifo", fifo), ("/dev/zero", "/dev/zero"),
                       ("/dev/null", "/dev/null"), ("empty", save("empty.onnx", b"")), ("an image", PIXELS),
                       ("zeros", save("zeros.onnx", bytes(4096))), ("ones", save("ones.onnx", b"\xff" * 4096)),
                       ("text", save("text.onnx", b"This is not a model.\n" * 50)), ("name with a slash", f"{PIXELS}/x")):
        for command in (["run", path, PIXELS, *FLAGS], ["inspect", path], ["eval", path, "--images", PIXELS, *FLAGS],
                        ["bench", path, "--image", PIXELS, "--runs", "1", *FLAGS]):
            add(f"model: {name}, {command[0]}", command, BAD)
        add_fold(f"model: {name}", path, BAD)
    add_model("no graph", number(1, 8) + data(8, number(2, 17)), BAD)
    add_model("no outputs", model([node("Relu", ["x"], ["y"])], outputs=[]), BAD)
    many = [value(f"a{i}", [1]) for i in range(60000)] + [value("x", [1, 3, 8, 8])]
    weights = [tensor(f"a{i}", [1], raw=bytes(4)) for i in range(60000)]
    path = save("many.onnx", model([node("Relu", ["x"], ["y"])], weights, inputs=many, outputs=[value("y", [1, 3, 8, 8])]))
    add_fold("60000 weights listed as inputs", path, {0, 4})
    add_model("opset 99", model([node("Relu", ["x"], ["y"])], opset=99), NO)


# ---- graphs ----

def flat(*nodes):
    """nodes that end in t, and a classifier of t"""
    return [*nodes, node("ReduceMean", ["t"], ["r"], axes=[2, 3], keepdims=0), node("Identity", ["r"], ["y"])]


def add_bad_graphs():
    conv = node("Conv", ["x", "w"], ["t"])
    add_model("cycle", model([node("Add", ["x", "b"], ["a"]), node("Relu", ["a"], ["b"]), node("Relu", ["b"], ["y"])]), BAD)
    add_model("cycle of one", model([node("Relu", ["y"], ["y"])]), BAD)
    add_model("nobody makes it", model([node("Relu", ["z"], ["y"])]), BAD)
    add_model("made twice", model([node("Relu", ["x"], ["y"]), node("Relu", ["x"], ["y"])]), BAD)
    add_model("input made", model([node("Relu", ["x"], ["x"]), node("Relu", ["x"], ["y"])]), BAD)
    add_model("wrong rank", model(flat(conv), [floats("w", [3, 3], *range(9))]), BAD)
    add_model("wrong channels", model(flat(conv), [floats("w", [1, 9, 1, 1], *range(9))]), BAD)
    add_model("wrong type", model(flat(conv), [tensor("w", [1, 3, 1, 1], I32, bytes(12))]), BAD)
    add_model("unknown type", model(flat(conv), [tensor("w", [1, 3, 1, 1], 99, bytes(12))]), NO)
    add_model("float8", model(flat(conv), [tensor("w", [1, 3, 1, 1], 17, bytes(3))]), NO)
    add_model("unknown operator", model(flat(node("Frobnicate", ["x"], ["t"]))), NO)
    add_model("control flow", model(flat(node("If", ["x"], ["t"]))), NO)
    add_model("unknown attribute", model(flat(node("Relu", ["x"], ["t"], frob=1))), NO)
    add_model("wrong attribute type", model(flat(node("Conv", ["x", "w"], ["t"], strides="2")), [floats("w", [1, 3, 1, 1], 1, 2, 3)]), BAD)
    add_model("stride 0", model(flat(node("Conv", ["x", "w"], ["t"], strides=[0, 0])), [floats("w", [1, 3, 1, 1], 1, 2, 3)]), {3, 4})
    add_model("stride 2^62", model(flat(node("Conv", ["x", "w"], ["t"], strides=[1 << 62, 1])), [floats("w", [1, 3, 1, 1], 1, 2, 3)]),
              {0, 3, 4})
    add_model("pads -2^63", model(flat(node("Conv", ["x", "w"], ["t"], pads=[-1 << 63] * 4)), [floats("w", [1, 3, 1, 1], 1, 2, 3)]), {3, 4})
    add_model("group 2^63-1", model(flat(node("Conv", ["x", "w"], ["t"], group=(1 << 63) - 1)), [floats("w", [1, 3, 1, 1], 1, 2, 3)]), BAD)
    add_model("axis 2^62", model([node("Softmax", ["x"], ["y"], axis=1 << 62)]), {3, 4})
    add_model("perm twice", model(flat(node("Transpose", ["x"], ["t"], perm=[0, 1, 1, 2]))), BAD)
    add_model("9 dimensions", model([node("Relu", ["x"], ["y"])], inputs=[value("x", [1] * 9)]), NO)
    add_model("input of no image", model([node("Relu", ["x"], ["y"])], inputs=[value("x", [5, 7])]), NO)
    add_model("negative dimension", model(flat(node("Relu", ["x"], ["t"])), inputs=[value("x", [1, 3, -8, 8])]), {0, 2, 3, 4})


def add_oversized():
    big = 10**12
    ones = floats("w", [1, 3, 1, 1], 1, 2, 3)
    conv = node("Conv", ["x", "w"], ["t"])
    add_model("image of 10^6 x 10^6", model(flat(node("Relu", ["x"], ["t"])), inputs=[value("x", [1, 3, 10**6, 10**6])]), {3, 4})
    add_model("channels 2^31-1", model(flat(node("Relu", ["x"], ["t"])), inputs=[value("x", [1, 2**31 - 1, 8, 8])]), {3, 4})
    add_model("dimension 2^63-1", model(flat(node("Relu", ["x"], ["t"])), inputs=[value("x", [1, 3, 2**63 - 1, 8])]), BAD)
    add_model("weights of 1 TB, none there", model(flat(conv), [tensor("w", [10**6, 10**6, 1, 1])]), BAD)
    add_model("weights of 1 TB, four bytes", model(flat(conv), [tensor("w", [10**6, 10**6, 1, 1], F32, bytes(4))]), BAD)
    add_model("weights 2^64 bytes", model(flat(conv), [tensor("w", [2**31 - 1, 2**31 - 1, 2**31 - 1, 4], F32, bytes(4))]), BAD)
    add_model("raw data claims 1 TB", model(flat(conv), [tensor("w", [1, 3, 1, 1], F32, bytes(12), claimed=big)]), BAD)
    add_model("raw data claims 2^64-1", model(flat(conv), [tensor("w", [1, 3, 1, 1], F32, bytes(12), claimed=2**64 - 1)]), BAD)
    add_model("graph claims 1 TB", number(1, 8) + data(7, b"\x0a\x00", claimed=big), BAD)
    shapes = {"Expand": [1, 3, 10**5, 10**5], "Tile": [1, 1, 10**5, 10**5]}
    for op, shape in shapes.items():
        add_model(f"huge {op}", model(flat(node(op, ["x", "s"], ["t"])), [ints("s", *shape)]), {3, 4})
    add_model("huge Tile 2^62", model(flat(node("Tile", ["x", "s"], ["t"])), [ints("s", 1, 1, 2**62, 2**62)]), {3, 4})
    add_model("huge Pad", model(flat(node("Pad", ["x", "s"], ["t"])), [ints("s", 0, 0, 2**30, 2**30, 0, 0, 2**30, 0)]), {3, 4})
    add_model("long Pad", model(flat(node("Pad", ["x", "s"], ["t"])), [ints("s", 0, 0, 0, 10**8, 0, 0, 0, 0)]), {3, 4})
    add_model("huge Resize", model(flat(node("Resize", ["x", "", "", "s"], ["t"])), [ints("s", 1, 3, 2**30, 2**30)]), {3, 4})
    add_model("long Resize", model(flat(node("Resize", ["x", "", "", "s"], ["t"], mode="cubic")), [ints("s", 1, 3, 1, 10**8)]), {3, 4})
    add_model("antialias from 10^8", model(flat(node("Resize", ["x", "", "", "s"], ["t"], mode="linear", antialias=1)),
                                           [ints("s", 1, 3, 8, 1)], inputs=[value("x", [1, 3, 8, 10**8])], opset=18), {3, 4})
    many = [node("ConstantOfShape", ["s"], [f"c{i}"]) for i in range(2000)] + [node("Sum", [f"c{i}" for i in range(2000)], ["y"])]
    add_model("2000 large constants", model(many, [ints("s", 3, 1000, 1000)]), NO)
    add_model("huge Range", model([node("Range", ["a", "b", "c"], ["y"])], [
        tensor("a", [], 7, bytes(8)), tensor("b", [], 7, b"\xff" * 7 + b"\x7f"), tensor("c", [], 7, b"\1" + bytes(7))]), {3, 4})
    square = [node("ConstantOfShape", ["s"], ["m0"])] + [node("MatMul", [f"m{i}", f"m{i}"], [f"m{i + 1}"]) for i in range(300)]
    add_model("300 products to fold", model([*square, node("ReduceMax", ["m300"], ["k"], keepdims=0),
                                             *flat(node("Mul", ["x", "k"], ["t"]))], [ints("s", 64, 64)]), {0, 4})
    add_model("a chain of 60000 nodes", model(flat(*[node("Relu", [f"a{i}" if i else "x"], [f"a{i + 1}"]) for i in range(60000)],
                                                   node("Relu", ["a60000"], ["t"]))), {0, 4})
    add_model("a chain of 60000 names", model(flat(*[node("Identity", [f"a{i}" if i else "x"], [f"a{i + 1}"]) for i in range(60000)],
                                                   node("Relu", ["a60000"], ["t"]))), {0, 4})
    add_model("30000 values at once", model(flat(*[node("Relu", ["x"], [f"a{i}"]) for i in range(30000)],
                                                 node("Sum", [f"a{i}" for i in range(30000)], ["t"]))), {0, 4})
    add_model("70000 nodes", model(flat(*[node("Relu", [f"a{i}" if i else "x"], [f"a{i + 1}"]) for i in range(70000)],
                                        node("Relu", ["a70000"], ["t"]))), NO)
    add_model("one weight, 5000 convolutions", model(flat(*[node("Conv", ["x", "w"], [f"a{i}"]) for i in range(5000)],
                                                          node("Sum", [f"a{i}" for i in range(5000)], ["t"])),
                                                     [tensor("w", [30000, 3, 1, 1], F32, bytes(360000))]), {0, 4})
    add_model("window of 10^9", model(flat(node("MaxPool", ["x"], ["t"], kernel_shape=[10**9, 10**9], pads=[10**9 - 9] * 4))), {3, 4})
    add_model("dilation of 2^40", model(flat(node("Conv", ["x", "w"], ["t"], dilations=[2**40, 1])), [ones]), {0, 3, 4})
    add_model("long names", model(flat(node("Frobnicate", ["x"], ["t"])), [tensor("n" * 10**6, [1], U8, b"\1")]), NO)
    add_model("steering names", model(flat(node("\x1b]0;pwned\x07", ["x"], ["t"]))), NO)


def add_external():
    conv = flat(node("Conv", ["x", "w"], ["t"]))
    outside = save("outside.bin", bytes(24))
    inside = work / "external"
    inside.mkdir()
    (inside / "weights.bin").write_bytes(bytes(24))
    (inside / "link.bin").symlink_to(outside)
    (inside / "loop.bin").symlink_to("loop.bin")
    (inside / "sub").mkdir()
    os.mkfifo(inside / "fifo.bin")
    for name, location, more, allowed in (
            ("good", "weights.bin", {}, {0}), ("parent", "../outside.bin", {}, BAD), ("absolute", outside, {}, BAD),
            ("link to outside", "link.bin", {}, BAD), ("link to itself", "loop.bin", {}, BAD), ("absent", "no.bin", {}, BAD),
            ("folder", "sub", {}, BAD), ("hidden parent", "sub/../../outside.bin", {}, BAD), ("device", "/dev/zero", {}, BAD),
            ("fifo", "fifo.bin", {}, BAD), ("no name", "", {}, BAD), ("behind the end", "weights.bin", {"offset": 1}, BAD),
            ("offset 2^63", "weights.bin", {"offset": 2**63}, BAD), ("offset 2^64", "weights.bin", {"offset": 2**64}, BAD),
            ("offset -4", "weights.bin", {"offset": -4}, BAD), ("length 1 TB", "weights.bin", {"length": 10**12}, BAD),
            ("length 4", "weights.bin", {"length": 4}, BAD)):
        bytes_of = model(conv, [tensor("w", [2, 3, 1, 1], external={"location": location, **more})])
        path = inside / f"{name}.onnx"
        path.write_bytes(bytes_of)
        add(f"external data: {name}", ["run", path, PIXELS, *FLAGS], allowed)
    huge = model(conv, [tensor("w", [10**6, 10**5, 1, 1], external={"location": "weights.bin"})])
    (inside / "huge.onnx").write_bytes(huge)
    add("external data: 400 GB in 24 bytes", ["run", inside / "huge.onnx", PIXELS, *FLAGS], BAD)


# ---- images and lists ----

def add_images():
    good_model = SIGNS / "roadsigns.onnx"

    def image(name, path, allowed):
        add(f"image: {name}", ["run", good_model, path, *FLAGS], allowed)

    for path in (sorted(SIGNS.glob("samples/*.png"))[0], sorted(SIGNS.glob("samples/*.jpg"))[0]):
        good, kind = path.read_bytes(), path.suffix
        for i in range(0, 16, 4 if FEW else 1):
            image(f"{kind} cut to {i}/16", save(f"cut{i}{kind}", good[:len(good) * i // 16]), BAD)
        for i, bad in flips(good, 5 if FEW else 60, 3):
            image(f"{kind}, bits turned {i}", save(f"flip{i}{kind}", bad), {0, 3, 4})
    size = (10**5).to_bytes(4, "big")
    png = bytearray(sorted(SIGNS.glob("samples/*.png"))[0].read_bytes())
    png[16:24] = size * 2
    for name, content in (("png of 10^10 pixels", bytes(png)), ("ppm of 10^12 pixels", b"P6 999999 999999 255 \0"),
                          ("ppm of 10^20 pixels", b"P6 9999999999 9999999999 255 \0"), ("pgm cut", b"P5 100 100 255 "),
                          ("text", b"not an image\n" * 9), ("empty", b""), ("ppm of no pixels", b"P6 0 0 255 "),
                          ("bmp of 2^31 rows", b"BM" + bytes(8) + b"\x36\0\0\0\x28\0\0\0" + b"\xff\xff\xff\x7f" * 2 + b"\1\0\x18\0" + bytes(24))):
        image(name, save(name.replace(" ", "_"), content), BAD)
    image("/dev/zero", "/dev/zero", BAD)
    image("absent", work / "absent.png", BAD)
    image("fifo", work / "fifo", BAD)
    (work / "no_images").mkdir()
    image("a folder without images", work / "no_images", BAD)


def add_lists():
    good_model, good = SIGNS / "roadsigns.onnx", sorted(SIGNS.glob("samples/*.png"))[0]
    for name, path in (("/dev/zero", "/dev/zero"), ("folder", work / "no_images"), ("absent", work / "absent.txt"),
                       ("empty", work / "empty.onnx"), ("binary", work / "zeros.onnx"),
                       ("an id twice", save("twice.txt", b"0,a\n0,b\n"))):
        add(f"labels: {name}", ["run", good_model, good, "--labels", path, *FLAGS], BAD)
        add(f"list: {name}", ["eval", good_model, "--images", path, *FLAGS], BAD)
    lists = {"class -1": b"a.png\t-1\n", "class 10^30": b"a.png\t" + b"9" * 30 + b"\n", "no class": b"a.png\n",
             "an absent image": b"absent.png\t1\n", "a bad region": b"good.ppm\t1\tval\tbox=0,0,9,9\n"}
    for name, content in lists.items():
        add(f"list: {name}", ["eval", good_model, "--images", save(f"{name}.tsv", content), *FLAGS], {1, 2, 3})


# ---- files of --config ----

def add_configs():
    model_path, picture = SIGNS / "roadsigns.onnx", sorted(SIGNS.glob("samples/*.png"))[0]
    most = 1 << 20

    def config(name, content, allowed):
        path = content if isinstance(content, pathlib.Path) else save(f"config_{name}".replace(" ", "_"), content[:most])
        add(f"config: {name}", ["run", model_path, picture, "--config", path], allowed)

    for path in sorted((pathlib.Path(__file__).parents[1] / "fuzz" / "corpus" / "recipe").iterdir()):
        for i, bad in flips(path.read_bytes(), 2 if FEW else 20, 7):
            config(f"{path.name}, bits turned {i}", bad, {0, 2, 3, 4})
    texts = {"a mapping of 100,000": "session: {" + ",".join(f"k{i}: 1" for i in range(10**5)) + "}",
             "a list of 500,000": "session: {input_mean: [" + "1," * 500000 + "]}",
             "deep YAML": "session: ['" + "{a: " * 200000, "deeper YAML": "session: " + "[" * 900000,
             "deep JSON": '{"a":' * 200000, "a wide object": "{" + ",".join(f'"k{i}":1' for i in range(90000)) + "}",
             "anchors": "a: &a 1\n" + "".join(f"x{i}: &x{i} [*a,*a]\n" for i in range(20000)),
             "a circle": "session: &s {input_mean: *s, preprocess: *s}", "a long key": "a" * 10**6 + " = 1",
             "a long list": "inMean = " + "1 " * 500000, "a long number": "inMean = " + "1" * 10**6,
             "a long string": 'session: "' + "\\n" * 400000 + '"', "steering characters": "\x1b[2J\x07 = 1",
             "steering YAML": "session: '\x1b[2J'"}
    for name, text in texts.items():
        config(name, text.encode(), BAD)
    config("zeros", bytes(100), BAD)
    config("folder", work / "no_images", BAD)
    config("/dev/zero", pathlib.Path("/dev/zero"), BAD)


def main():
    add_damaged_model()
    add_non_models()
    add_bad_graphs()
    add_oversized()
    add_external()
    add_images()
    add_lists()
    add_configs()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        found = [c for c in pool.map(lambda case: complaint(*case), cases) if c]
    subprocess.run(["rm", "-rf", work], check=True)
    print("\n".join(found))
    print(f"{len(cases) - len(found)} passed, {len(found)} failed")
    return 1 if found else 0


sys.exit(main())
