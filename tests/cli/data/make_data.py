# SPDX-License-Identifier: Apache-2.0
"""Writes the models, images and lists that the cases use. Needs the onnx package; run it only to change them.

    python3 make_data.py

The models classify colours by the mean of the channels, so that what they should say can be worked out by hand.
"""
import os
import struct
import zlib

import numpy as np
from onnx import TensorProto, helper, numpy_helper

HERE = os.path.dirname(os.path.abspath(__file__))
SIZE = 8
F32, U8, I32, I64 = TensorProto.FLOAT, TensorProto.UINT8, TensorProto.INT32, TensorProto.INT64


# --- models -----------------------------------------------------------------------------------------------------

def save_model(name, nodes, inputs, outputs, constants=(), opsets=(("", 13),), metadata=None):
    tensors = [numpy_helper.from_array(np.asarray(a), n) for n, a in constants]
    infos = [[helper.make_tensor_value_info(n, t, shape) for n, t, shape in side] for side in (inputs, outputs)]
    graph = helper.make_graph(nodes, name, infos[0], infos[1], tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid(d, v) for d, v in opsets], ir_version=8,
                              producer_name="make_data.py", producer_version="1")
    helper.set_model_props(model, metadata or {})
    with open(os.path.join(HERE, name + ".onnx"), "wb") as out:
        out.write(model.SerializeToString())


def colour_nodes(x="x", y="y"):
    """Mean of each channel, divided by 32: 255 gives 7.97."""
    return [helper.make_node("GlobalAveragePool", [x], ["mean"], "pool"),
            helper.make_node("Flatten", ["mean"], ["flat"], "flatten"),
            helper.make_node("Mul", ["flat", "factor"], [y], "scale")]


FACTOR = [("factor", np.float32([1 / 32]))]
TO_NCHW = helper.make_node("Transpose", ["x"], ["nchw"], "to_nchw", perm=[0, 3, 1, 2])


def quantized_nodes():
    """The same in a quantized file, with a Softmax that stays in float."""
    scales = {"x": 1.0, "mean": 1.0, "y": 1 / 31}
    q = lambda v: helper.make_node("QuantizeLinear", [v, v + "_scale", "zero"], [v + "_q"], v + "_q")
    dq = lambda v: helper.make_node("DequantizeLinear", [v + "_q", v + "_scale", "zero"], [v + "_dq"], v + "_dq")
    pool, flatten, scale = colour_nodes("x_dq", "y")
    flatten.input[0], scale.input[0] = "mean_dq", "flat"
    softmax = helper.make_node("Softmax", ["y_dq"], ["scores"], "softmax", axis=1)
    constants = FACTOR + [(v + "_scale", np.float32(s)) for v, s in scales.items()] + [("zero", np.uint8(0))]
    return [q("x"), dq("x"), pool, q("mean"), dq("mean"), flatten, scale, q("y"), dq("y"), softmax], constants


def write_models():
    save_model("colour_qdq", quantized_nodes()[0], [("x", F32, [1, 3, SIZE, SIZE])], [("scores", F32, [1, 3])],
               quantized_nodes()[1])
    y3 = [("y", F32, ["N", 3])]
    one = [("y", F32, [1, 3])]
    save_model("colour", colour_nodes(), [("x", F32, ["N", 3, SIZE, SIZE])], y3, FACTOR)
    save_model("colour_nhwc", [TO_NCHW] + colour_nodes("nchw"), [("x", F32, [1, SIZE, SIZE, 3])], one, FACTOR)
    cast = helper.make_node("Cast", ["nchw"], ["float"], "to_float", to=F32)
    save_model("colour_u8", [TO_NCHW, cast] + colour_nodes("float"), [("x", U8, [1, SIZE, SIZE, 3])], one, FACTOR)
    cast = helper.make_node("Cast", ["x"], ["float"], "to_float", to=F32)
    save_model("colour_u8_nchw", [cast] + colour_nodes("float"), [("x", U8, [1, 3, SIZE, SIZE])], one, FACTOR)
    softmax = helper.make_node("Softmax", ["logits"], ["y"], "softmax", axis=1)
    save_model("colour_softmax", colour_nodes("x", "logits") + [softmax], [("x", F32, [1, 3, SIZE, SIZE])], one, FACTOR)
    pad = helper.make_node("Pad", ["logits", "pads"], ["y"], "pad")
    save_model("colour_1001", colour_nodes("x", "logits") + [pad], [("x", F32, [1, 3, SIZE, SIZE])],
               [("y", F32, [1, 1001])], FACTOR + [("pads", np.int64([0, 1, 0, 997]))])
    save_model("gray", colour_nodes("x", "bright")[:2] +
               [helper.make_node("Gemm", ["flat", "w", "b"], ["y"], "gemm")],
               [("x", F32, [1, 1, SIZE, SIZE])], [("y", F32, [1, 2])],
               [("w", np.float32([[-1 / 32, 1 / 32]])), ("b", np.float32([4, -4]))])
    save_model("free_size", colour_nodes(), [("x", F32, ["N", 3, "height", "width"])], y3, FACTOR)
    save_model("wide", colour_nodes(), [("x", F32, [1, 3, SIZE, 2 * SIZE])], one, FACTOR)
    write_recipe_models(one)
    write_band_models()
    w = np.arange(81, dtype=np.float32).reshape(3, 3, 3, 3) ** 2 / 997
    w -= w.mean((2, 3), keepdims=True)  # of a plain image nothing is left but roundings
    save_model("cancels", [helper.make_node("Conv", ["x", "w"], ["edges"], "conv")] + colour_nodes("edges"),
               [("x", F32, [1, 3, SIZE, SIZE])], one, FACTOR + [("w", w)])
    write_refused_models(one)


def write_recipe_models(one):
    """Models whose metadata say how they want their images."""
    shape = [1, 3, SIZE, SIZE]
    text = ("resize=stretch:8x8 interp=opencv-linear crop=none order=BGR layout=NCHW mean=100,110,120 "
            "scale=0.5,0.25,0.125")
    save_model("recipe", colour_nodes(), [("x", F32, shape)], one, FACTOR, metadata={"octet.recipe": text})
    cast = [helper.make_node("Cast", ["x"], ["float"], "to_float", to=F32)] + colour_nodes("float")
    save_model("recipe_inside", cast, [("x", U8, shape)], one, FACTOR,
               metadata={"octet.recipe": text.replace("BGR", "RGB"), "octet.pixels": "BGR,NCHW"})
    save_model("recipe_nv12", cast, [("x", U8, shape)], one, FACTOR, metadata={"octet.pixels": "NV12,bt601,limited"})
    gray = "resize=none interp=pillow-box crop=none order=gray layout=NCHW mean=128 scale=1"
    for name, value in (("broken", text.replace("stretch", "squash")), ("key", text.replace("resize", "reszie")),
                        ("unit", text.replace("100,110,120", "0.485,0.456,0.406")), ("channels", gray)):
        save_model("recipe_" + name, colour_nodes(), [("x", F32, shape)], one, FACTOR, metadata={"octet.recipe": value})


# Sixteen classes: red and green, as -1..1, each in one of four bands. Only the right mean, scale and order give these scores
# their meaning.
BANDS = [-0.75, -0.25, 0.25, 0.75]
RED_GREEN = [(r, g) for r in BANDS for g in BANDS]


def band_nodes(x="x", y="y"):
    return [helper.make_node("GlobalAveragePool", [x], ["mean"], "pool"),
            helper.make_node("Flatten", ["mean"], ["flat"], "flatten"),
            helper.make_node("Gemm", ["flat", "w", "b"], [y], "gemm")]


def bands(order):
    """Scores grow with the nearness to the middle of a band."""
    w = 16 * np.float32([[r, g, 0][::order] for r, g in RED_GREEN]).T
    return [("w", w), ("b", -8 * np.float32([r * r + g * g for r, g in RED_GREEN]))]


def write_band_models():
    shape, y16 = [1, 3, SIZE, SIZE], [("y", F32, [1, 16])]
    save_model("bands", band_nodes(), [("x", F32, shape)], y16, bands(1))
    save_model("bands_bgr", band_nodes(), [("x", F32, shape)], y16, bands(-1),
               metadata={"octet.recipe": "resize=stretch:8x8 interp=pillow-bilinear crop=none order=RGB "
                                         "layout=NCHW mean=0,0,0 scale=0.003921569,0.003921569,0.003921569"})
    save_model("bands_both", [TO_NCHW] + band_nodes("nchw"), [("x", F32, [1, 3, SIZE, 3])], y16, bands(1))
    to_unit = [helper.make_node("Cast", ["x"], ["float"], "to_float", to=F32),
               helper.make_node("Sub", ["float", "middle"], ["centred"], "centre"),
               helper.make_node("Mul", ["centred", "factor"], ["unit"], "to_unit")]
    save_model("bands_u8_bgr", to_unit + band_nodes("unit"), [("x", U8, shape)], y16,
               bands(-1) + [("middle", np.float32([127.5])), ("factor", np.float32([1 / 127.5]))])
    softmax = helper.make_node("Softmax", ["z"], ["p"], "softmax", axis=1)
    pad = helper.make_node("Pad", ["p", "pads"], ["y"], "pad")
    save_model("bands_background", band_nodes("x", "z") + [softmax, pad], [("x", F32, shape)], [("y", F32, [1, 17])],
               bands(1) + [("pads", np.int64([0, 1, 0, 0]))])
    gray = [("w", 8 * np.float32([BANDS]) * 2), ("b", -8 * np.float32(BANDS) ** 2)]
    save_model("bands_gray", band_nodes(), [("x", F32, [1, 1, SIZE, SIZE])], [("y", F32, [1, 4])], gray)


def write_refused_models(one):
    save_model("batch4", colour_nodes(), [("x", F32, [4, 3, SIZE, SIZE])], [("y", F32, [4, 3])], FACTOR)
    save_model("five_channels", colour_nodes(), [("x", F32, [1, 5, SIZE, SIZE])], [("y", F32, [1, 5])], FACTOR)
    save_model("tokens", [helper.make_node("Add", ["x", "x"], ["y"], "add")], [("x", I64, [1, 16])], [("y", I64, [1, 16])])
    add = helper.make_node("Add", ["a", "b"], ["x"], "add")
    save_model("two_inputs", [add] + colour_nodes(), [(n, F32, [1, 3, SIZE, SIZE]) for n in "ab"], one, FACTOR)
    shape = [1, 3, SIZE, SIZE]
    save_model("features", [helper.make_node("Relu", ["x"], ["y"], "relu")], [("x", F32, shape)], [("y", F32, shape)])
    root = helper.make_node("Sqrt", ["low"], ["y"], "root")
    low = helper.make_node("Sub", ["score", "high"], ["low"], "low")
    save_model("nan", colour_nodes("x", "score") + [low, root], [("x", F32, shape)], one,
               FACTOR + [("high", np.float32([1000]))])
    first = helper.make_node("MatMul", ["x", "x"], ["square"], "first")
    second = helper.make_node("MatMul", ["square", "x"], ["y"], "second")
    save_model("whole_numbers", [first, second], [("x", I32, [4, 4])], [("y", I32, [4, 4])])
    det = helper.make_node("Det", ["x"], ["det"], "determinant")
    twice = helper.make_node("Twice", ["det"], ["y"], "twice", domain="com.example")
    save_model("unknown_ops", [det, twice], [("x", F32, shape)], [("y", F32, [1, 3])],
               opsets=(("", 13), ("com.example", 1)))


# --- images -----------------------------------------------------------------------------------------------------

def write(name, data):
    with open(os.path.join(HERE, name), "wb") as out:
        out.write(data)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(pixels, bits=8):
    """uint array [h, w, channels] with 1, 3 or 4 channels."""
    h, w, c = pixels.shape
    rows = b"".join(b"\0" + row.astype(">u2" if bits == 16 else "u1").tobytes() for row in pixels)
    header = struct.pack(">IIBBBBB", w, h, bits, {1: 0, 3: 2, 4: 6}[c], 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")


def plain(w, h, colour):
    return np.broadcast_to(np.array(colour), (h, w, len(colour)))


def write_images():
    red, green, blue = (200, 20, 20), (20, 200, 20), (20, 20, 200)
    for folder in ("images", "broken"):
        os.makedirs(os.path.join(HERE, folder), exist_ok=True)
    write("images/red.png", png(plain(SIZE, SIZE, red)))
    write("images/green.ppm", b"P6 16 12 255\n" + plain(16, 12, green).astype("u1").tobytes())
    write("images/blue.png", png(plain(20, 10, blue)))
    write("alpha.png", png(plain(SIZE, SIZE, (200, 100, 100, 128))))
    write("alpha2.png", png(plain(SIZE, SIZE, (20, 200, 100, 255))))
    write("deep.png", png(plain(SIZE, SIZE, (20 * 257, 20 * 257, 200 * 257)), 16))
    write("bright.pgm", b"P5 8 8 255\n" + bytes([220] * 64))
    write("small.png", png(plain(4, 4, red)))
    write("stripes.png", png(np.concatenate([plain(SIZE, SIZE, red), plain(SIZE, SIZE, green), plain(SIZE, SIZE, blue)], 1)))
    whole = png(plain(64, 64, red))
    write("broken/cut.png", whole[:len(whole) // 2])
    write("broken/empty.png", b"")
    write("broken/text.jpg", b"this is no image\n")


N_TILES = 48


def write_wide_tiles(rng):
    """24x8 pixels whose means are in the bands; the middle third alone is often in another."""
    rows, lines = [], []
    for i in range(N_TILES):
        mean, off = (np.array([*v, 0]) for v in (RED_GREEN[i // 3], rng.uniform(-0.45, 0.45, 2)))
        off = np.where(abs(mean) > 0.5, -abs(off) * np.sign(mean), off)  # inwards, so that all are pixels
        parts = [mean - off / 2, mean + off, mean - off / 2]
        pixels = [np.round(127.5 + 127.5 * p) for p in parts]
        rows.append(np.concatenate([plain(SIZE, SIZE, p) for p in pixels], 1).astype("u1"))
        lines.append("bands_wide.png\t%d\t\tbox=%d,%d,24,8\n" % (i // 3, i % 4 * 24, i // 4 * SIZE))
    write("bands_wide.png", png(np.concatenate([np.concatenate(rows[i:i + 4], 1) for i in range(0, N_TILES, 4)])))
    write("bands_wide.tsv", "".join(lines).encode())


def write_band_images():
    """A sheet of plain tiles, three of each class, in the order of the classes; blue is anything."""
    rng = np.random.default_rng(1)
    tiles, lines = [], []
    for i in range(N_TILES):
        red_green = [127.5 + 127.5 * (v + rng.uniform(-0.2, 0.2)) for v in RED_GREEN[i // 3]]
        tiles.append(plain(SIZE, SIZE, [int(v) for v in red_green] + [int(rng.integers(256))]))
        lines.append((i // 3, "box=%d,%d,8,8" % (i % 8 * SIZE, i // 8 * SIZE)))
    write("bands.png", png(np.concatenate([np.concatenate(tiles[i:i + 8], 1) for i in range(0, N_TILES, 8)])))
    write_wide_tiles(rng)
    labels = rng.permutation(N_TILES) // 3
    for name, class_of in [("bands", lambda i: i // 3), ("bands_shuffled", lambda i: labels[i]), ("bands_same", lambda i: 5)]:
        write(name + ".tsv", b"".join(b"bands.png\t%d\t\t%s\n" % (class_of(i), lines[i][1].encode()) for i in range(N_TILES)))
    grays = [int(127.5 + 127.5 * (BANDS[i % 4] + rng.uniform(-0.2, 0.2))) for i in range(N_TILES)]
    write("bands-images", struct.pack(">IIII", 0x803, N_TILES, SIZE, SIZE) + b"".join(bytes([v] * 64) for v in grays))
    write("bands-labels", struct.pack(">II", 0x801, N_TILES) + bytes(i % 4 for i in range(N_TILES)))


def write_lists():
    write("colours.tsv", b"images/red.png\t0\ttrain\nimages/green.ppm\t1\teval\nimages/blue.png\t2\teval\n"
                         b"# a wrong label, to have a mistake\nimages/red.png\t1\teval\n")
    write("stripes.tsv", b"stripes.png\t0\t\tbox=0,0,8,8\nstripes.png\t1\t\tbox=8,0,8,8\nstripes.png\t2\t\tbox=16,0,8,8\n")
    colours = [(200, 20, 20), (20, 200, 20), (20, 20, 200), (90, 80, 70)]
    records = [bytes([i % 3]) + plain(SIZE, SIZE, c).transpose(2, 0, 1).astype("u1").tobytes() for i, c in enumerate(colours)]
    write("colours.bin", b"".join(records))
    write("gray-images", struct.pack(">IIII", 0x803, 3, SIZE, SIZE) + bytes([10] * 64 + [240] * 64 + [200] * 64))
    write("gray-labels", struct.pack(">II", 0x801, 3) + bytes([0, 1, 0]))
    write("labels.txt", b"red\ngreen\nblue\n")
    write("labels_ids.txt", b"0,red\r\n1,green\r\n2,blue, deep\r\n")
    write("labels_odd.txt", b"r\"\\e\x01d\xff\n\xc3\xa9\nblue\n")
    write("labels_1000.txt", b"".join(b"class %d\n" % i for i in range(1000)))


if __name__ == "__main__":
    write_models()
    write_images()
    write_band_images()
    write_lists()
