# SPDX-License-Identifier: Apache-2.0
"""Writers for the image files that Pillow cannot write: every PNG type, depth and interlacing, odd BMPs, EXIF."""
import struct
import zlib

import numpy as np

PNG_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
PNG_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]  # x, y, dx, dy


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def pack_row(row, depth):
    """[W * channels] samples to the bytes of a PNG or BMP row."""
    if depth == 16:
        return row.astype(">u2").tobytes()
    if depth == 8:
        return row.astype(np.uint8).tobytes()
    bits = (row[:, None] >> np.arange(depth - 1, -1, -1)) & 1
    return np.packbits(bits.astype(np.uint8).ravel()).tobytes()


def filtered(rows, n_pixel, rng):
    """Each row behind a random filter type."""
    out, above = b"", None
    for row in rows:
        kind = int(rng.integers(5))
        x = np.frombuffer(row, np.uint8).astype(int)
        b = np.zeros_like(x) if above is None else above
        a = np.concatenate([np.zeros(min(n_pixel, len(x)), int), x[:-n_pixel]])[:len(x)]
        c = np.concatenate([np.zeros(min(n_pixel, len(x)), int), b[:-n_pixel]])[:len(x)]
        p = a + b - c
        pa, pb, pc = abs(p - a), abs(p - b), abs(p - c)
        paeth = np.where((pa <= pb) & (pa <= pc), a, np.where(pb <= pc, b, c))
        predicted = [0 * x, a, b, (a + b) // 2, paeth][kind]
        out += bytes([kind]) + ((x - predicted) & 255).astype(np.uint8).tobytes()
        above = x
    return out


def png(samples, color_type, depth, rng, interlaced=False, palette=None, trns=None, before=b"", after=b""):
    """samples: [H, W, channels]. before and after: chunks in front of and behind the pixels."""
    h, w, channels = samples.shape
    n_pixel = max(1, channels * depth // 8)
    raw = b""
    for x, y, dx, dy in ADAM7 if interlaced else [(0, 0, 1, 1)]:
        part = samples[y::dy, x::dx]
        if part.size:
            raw += filtered([pack_row(row.ravel(), depth) for row in part], n_pixel, rng)
    head = struct.pack(">IIBBBBB", w, h, depth, color_type, 0, 0, int(interlaced))
    data = zlib.compress(raw)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + before
            + (chunk(b"PLTE", palette.astype(np.uint8).tobytes()) if palette is not None else b"")
            + (chunk(b"tRNS", trns) if trns is not None else b"")
            + chunk(b"IDAT", data[:len(data) // 2]) + chunk(b"IDAT", data[len(data) // 2:]) + after + chunk(b"IEND", b""))


def exif(orientation, big=False, extra=1):
    """TIFF structure with some other tags before the orientation."""
    e = ">" if big else "<"
    entries = [struct.pack(e + "HHII", 0x0100 + i, 4, 1, 7) for i in range(extra)]
    entries.append(struct.pack(e + "HHIHH", 0x0112, 3, 1, orientation, 0))
    return ((b"MM" if big else b"II") + struct.pack(e + "HI", 42, 8) + struct.pack(e + "H", len(entries))
            + b"".join(entries) + struct.pack(e + "I", 0))


def bmp(rows, bits, header=40, palette=None, masks=None, top_down=False, compression=None, n_colors=None):
    """rows: [H] of packed bytes without padding, top row first; palette [n, 3] RGB."""
    h = len(rows)
    width = bmp.width
    padded = [row + bytes(-len(row) % 4) for row in rows]
    pixels = b"".join(padded if top_down else padded[::-1])
    if compression is None:
        compression = 3 if masks else 0
    colors = b""
    if palette is not None:
        colors = b"".join(bytes([b, g, r] + ([0] if header != 12 else [])) for r, g, b in palette.tolist())
    if header == 12:
        info = struct.pack("<IHHHH", 12, width, h, 1, bits)
    else:
        n = n_colors if n_colors is not None else (len(palette) if palette is not None else 0)
        info = struct.pack("<IiiHHIIiiII", header, width, -h if top_down else h, 1, bits, compression, len(pixels), 2835, 2835, n, 0)
        info += struct.pack("<4I", *(masks or (0, 0, 0, 0)))[:header - 40] if header > 40 else b""
        info += bytes(header - len(info))
        if header == 40 and masks:
            info += struct.pack("<3I", *masks[:3])
    offset = 14 + len(info) + len(colors)
    return b"BM" + struct.pack("<IHHI", offset + len(pixels), 0, 0, offset) + info + colors + pixels


def pnm(samples, kind, maxval, rng=None):
    """samples [H, W, channels]; kind 2, 3, 5 or 6."""
    h, w, _ = samples.shape
    comment = "# made for a test\n" if rng is not None and rng.integers(2) else ""
    head = f"P{kind}\n{comment}{w} {h}\n{maxval}\n".encode()
    if kind in (5, 6):
        return head + samples.astype(">u2" if maxval > 255 else np.uint8).tobytes()
    return head + " ".join(map(str, samples.ravel().tolist())).encode() + b"\n"
