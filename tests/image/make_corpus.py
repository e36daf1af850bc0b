# SPDX-License-Identifier: Apache-2.0
"""Writes the seed corpus of fuzz_image, which the hostile input test reads too: one small file of each kind.
usage: make_corpus.py FOLDER (normally tests/fuzz/corpus/image)"""
import io
import pathlib
import sys

import numpy as np
from PIL import Image

import image_files as files

rng = np.random.default_rng(1)
folder = pathlib.Path(sys.argv[1])


def put(name, data):
    (folder / name).write_bytes(data)


def save(name, array, mode=None, **options):
    buffer = io.BytesIO()
    Image.fromarray(array, mode).save(buffer, **options)
    put(name, buffer.getvalue())


def noise(h, w, channels, bits=8):
    return rng.integers(0, 1 << bits, (h, w, channels))


def main():
    folder.mkdir(parents=True, exist_ok=True)
    for color_type, depths in files.PNG_DEPTHS.items():
        for depth in depths:
            interlaced = depth in (2, 8)
            palette = rng.integers(0, 256, (1 << depth, 3))[:64] if color_type == 3 else None
            trns = {0: b"\0\1", 2: b"\0\1\0\2\0\3", 3: b"\0\x80"}.get(color_type)
            samples = noise(5, 6, files.PNG_CHANNELS[color_type], min(depth, 6) if color_type == 3 else depth)
            put(f"type{color_type}_{depth}bit{'_interlaced' if interlaced else ''}.png",
                files.png(samples, color_type, depth, rng, interlaced, palette, trns))
    put("exif.png", files.png(noise(3, 4, 3), 2, 8, rng, before=files.chunk(b"eXIf", files.exif(6, True))))
    put("bomb.png", files.png(noise(1, 1, 1), 0, 8, rng)[:8]
        + files.chunk(b"IHDR", (100000).to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])) + files.chunk(b"IEND", b""))
    y, x = np.mgrid[0:19, 0:27]
    smooth = np.stack([x * 9, y * 13, x * y], -1).astype(np.uint8)
    save("gray.jpg", smooth[..., 0], format="JPEG", quality=60)
    save("color_420.jpg", smooth, format="JPEG", quality=60, exif=b"Exif\0\0" + files.exif(5))
    save("color_444.jpg", smooth, format="JPEG", quality=60, subsampling=0)
    save("progressive.jpg", smooth, format="JPEG", quality=60, progressive=True)
    save("cmyk.jpg", np.dstack([smooth, smooth[..., 0]]), "CMYK", format="JPEG", quality=60)
    files.bmp.width = 5
    for bits in (1, 4, 8):
        rows = [files.pack_row(row, bits) for row in noise(4, 5, 1, min(bits, 5))[..., 0]]
        put(f"palette{bits}.bmp", files.bmp(rows, bits, 40 if bits < 8 else 12, noise(256, 1, 3)[:1 << bits, 0]))
    for bits, header, masks in ((16, 40, None), (16, 40, (0xf800, 0x7e0, 0x1f, 0)), (24, 12, None), (32, 40, None),
                                (32, 124, (0xff0000, 0xff00, 0xff, 0xff000000))):
        rows = [row.tobytes() for row in noise(4, 5 * bits // 8, 1).astype(np.uint8)[..., 0]]
        put(f"bits{bits}_header{header}{'_masks' if masks else ''}.bmp", files.bmp(rows, bits, header, masks=masks))
    for kind in (2, 3, 5, 6):
        for maxval in (15, 255, 1000):
            put(f"p{kind}_{maxval}.pnm", files.pnm(rng.integers(0, maxval + 1, (3, 4, 3 if kind in (3, 6) else 1)), kind, maxval, rng))


if __name__ == "__main__":
    main()
