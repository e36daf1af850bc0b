# SPDX-License-Identifier: Apache-2.0
"""Writes labels.txt, the 24 samples and the packed evaluation set.

    python3 pack.py

The evaluation set is packed as JPEG sheets of 10 x 10 tiles. 96 is a multiple of 8 and colour is not subsampled, so no
JPEG block crosses the border of a tile. eval/eval.tsv names the box of each tile.
"""
import os

import numpy as np
from PIL import Image, ImageDraw

import render
import signs

HERE = os.path.dirname(os.path.abspath(__file__))
SIZE, SIDE, N_EVAL, QUALITY = 96, 10, 1000, 92

# What a loader has to cope with: name, width and height as shown, form. The index in this table is the scene's.
SAMPLES = (
    ("stop_01.png", 96, 96, "rgb"),
    ("yield_01.png", 96, 96, "rgb"),
    ("no_entry_01.png", 160, 120, "rgb"),
    ("speed_30_01.png", 96, 96, "rgb"),
    ("speed_50_01.png", 96, 96, "gray"),
    ("speed_80_01.png", 128, 128, "rgb"),
    ("priority_road_01.png", 96, 96, "palette"),
    ("keep_right_01.png", 96, 96, "rgb"),
    ("roundabout_01.png", 120, 120, "rgba"),
    ("danger_01.png", 96, 96, "rgb"),
    ("bend_left_01.png", 96, 112, "rgb"),
    ("no_parking_01.png", 200, 150, "rgb"),
    ("stop_02.jpg", 320, 240, "jpeg"),
    ("speed_100_01.jpg", 96, 96, "jpeg"),
    ("keep_left_01.jpg", 200, 200, "jpeg"),
    ("keep_right_02.jpg", 160, 120, "turned"),
    ("pedestrian_crossing_01.jpg", 96, 96, "jpeg"),
    ("bend_right_01.jpg", 96, 96, "jpeg"),
    ("speed_30_02.jpg", 160, 120, "jpeg"),
    ("speed_80_02.jpg", 96, 96, "jpeg"),
    ("yield_02.jpg", 96, 96, "progressive"),
    ("danger_02.jpg", 240, 320, "jpeg"),
    ("roundabout_02.jpg", 96, 96, "jpeg"),
    ("bend_left_02.jpg", 96, 96, "jpeg"),
)


def write_labels(path):
    with open(path, "w") as out:
        for i, name in enumerate(signs.NAMES):
            out.write(f"{i},{name}\n")


def round_corners(image):
    """An alpha channel that is transparent at the corners; the colours below it stay."""
    mask = Image.new("L", image.size)
    w, h = image.size
    ImageDraw.Draw(mask).rounded_rectangle([0, 0, w - 1, h - 1], radius=w // 8, fill=255)
    image.putalpha(mask)
    return image


def save_sample(image, form, path):
    if form == "gray":
        image.convert("L").save(path, optimize=True)
    elif form == "palette":
        image.quantize(256).save(path, optimize=True)
    elif form == "rgba":
        round_corners(image).save(path, optimize=True)
    elif form == "turned":  # stored on its side; EXIF orientation 6 says: turn 90 degrees clockwise to show
        exif = Image.Exif()
        exif[0x0112] = 6
        image.transpose(Image.Transpose.ROTATE_90).save(path, quality=92, exif=exif)
    elif form == "rgb":
        image.save(path, optimize=True)
    else:
        image.save(path, quality=92, optimize=True, progressive=form == "progressive")


def write_samples(folder):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "samples.tsv"), "w") as out:
        for i, (name, w, h, form) in enumerate(SAMPLES):
            class_id = signs.NAMES.index(name.rpartition("_")[0])
            image = Image.fromarray(render.scene(render.SEED_SAMPLES, i, class_id, w, h))
            save_sample(image, form, os.path.join(folder, name))
            out.write(f"{name}\t{class_id}\n")


def write_sheet(first, path, rows, name):
    sheet = np.empty((SIDE * SIZE, SIDE * SIZE, 3), np.uint8)
    for tile in range(SIDE * SIDE):
        index = first + tile
        x, y = tile % SIDE * SIZE, tile // SIDE * SIZE
        class_id = render.class_of(index)
        sheet[y:y + SIZE, x:x + SIZE] = render.scene(render.SEED_EVAL, index, class_id)
        rows.append(f"{name}\t{class_id}\teval\tbox={x},{y},{SIZE},{SIZE}\n")
    Image.fromarray(sheet).save(path, quality=QUALITY, subsampling=0, optimize=True)


def write_eval(folder):
    os.makedirs(folder, exist_ok=True)
    rows = []
    for i in range(N_EVAL // SIDE ** 2):
        name = f"sheet{i:02d}.jpg"
        write_sheet(i * SIDE ** 2, os.path.join(folder, name), rows, name)
    with open(os.path.join(folder, "eval.tsv"), "w") as out:
        out.writelines(rows)


if __name__ == "__main__":
    write_labels(os.path.join(HERE, "labels.txt"))
    write_samples(os.path.join(HERE, "samples"))
    write_eval(os.path.join(HERE, "eval"))
