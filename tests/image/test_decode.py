# SPDX-License-Identifier: Apache-2.0
"""Files of every supported kind against Pillow's decoding and, where Pillow has no equal, against the formula in image.h.
usage: test_decode.py SHIM.so"""
import io
import sys

try:
    import numpy as np
    from PIL import Image, ImageOps
except ImportError as missing:
    print("skipped:", missing)
    sys.exit(77)
import image_files as files
import octet_image as oi

rng = np.random.default_rng(20261122)
n_passed, n_failed = {}, 0


def check(group, name, ok, detail=""):
    global n_failed
    if ok:
        n_passed[group] = n_passed.get(group, 0) + 1
    else:
        n_failed += 1
        print(f"FAILED {group} {name} {detail}")


def same(group, name, got, want):
    ok = got.shape == want.shape and np.array_equal(got, want)
    detail = "" if ok else f"shape {got.shape} for {want.shape}" if got.shape != want.shape else \
        f"{np.count_nonzero(got != want)} bytes differ, first {np.argwhere(got != want)[0]}"
    check(group, name, ok, detail)


def opened(data):
    return Image.open(io.BytesIO(data))


def noise(h, w, channels, bits):
    return rng.integers(0, 1 << bits, (h, w, channels))


def photo(h, w, channels=3):
    """Smooth with some noise, so that JPEG has something to do in every frequency."""
    y, x = np.mgrid[0:h, 0:w]
    planes = [127 + 90 * np.sin(x / (3 + 2 * c) + c) * np.cos(y / (5 + c)) + rng.normal(0, 12, (h, w)) for c in range(channels)]
    return np.clip(np.stack(planes, -1), 0, 255).astype(np.uint8)


def mul_255(color, alpha):
    return (2 * color.astype(int) * alpha + 255) // 510  # to the nearest; 255 is odd, so there are no halves


def expect_png(samples, color_type, depth, palette, trns):
    """8-bit pixels by the PNG specification and image.h's formulas, from the raw samples."""
    to_8 = (lambda v: v >> 8) if depth == 16 else (lambda v: v * (255 // ((1 << depth) - 1)))
    if color_type == 3:
        alpha = np.full(256, 255)
        if trns is not None:
            alpha[:len(trns)] = np.frombuffer(trns, np.uint8)
        table = mul_255(palette, alpha[:len(palette), None])
        return table[samples[..., 0]]
    n_color = 1 if color_type in (0, 4) else 3
    color, alpha = to_8(samples[..., :n_color]), np.full(samples.shape[:2], 255)
    if color_type in (4, 6):
        alpha = to_8(samples[..., n_color])
    elif trns is not None:
        key = np.frombuffer(trns, ">u2")
        alpha = np.where((samples == key).all(-1), 0, 255)
    return mul_255(color, alpha[..., None])


def pillow_pixels(im):
    """What Pillow makes of it, alpha composited on black by Pillow's own paste; None where it has no 8-bit form."""
    if im.mode in ("I", "I;16", "I;16B"):
        return (np.asarray(im).astype(int) >> 8).astype(np.uint8)[..., None]
    if im.mode == "1":
        im = im.convert("L")
    if "transparency" in im.info and im.mode in ("L", "RGB", "P"):
        im = im.convert("LA" if im.mode == "L" else "RGBA")
    if im.mode == "P":
        im = im.convert("RGB")
    if im.mode in ("LA", "RGBA"):
        alpha, color = im.getchannel("A"), im.convert("L" if im.mode == "LA" else "RGB")
        black = Image.new(color.mode, im.size)
        black.paste(color, mask=alpha)
        im = black
    array = np.asarray(im)
    return array if array.ndim == 3 else array[..., None]


def test_png(lib):
    for color_type, depths in files.PNG_DEPTHS.items():
        for depth in depths:
            for interlaced in (False, True):
                for with_trns in (False, True):
                    if with_trns and color_type in (4, 6):
                        continue
                    for w, h in ((1, 1), (2, 3), (5, 1), (1, 7), (9, 10), (33, 17), (64, 40)):
                        png_case(lib, color_type, depth, interlaced, with_trns, w, h)


def png_case(lib, color_type, depth, interlaced, with_trns, w, h):
    samples = noise(h, w, files.PNG_CHANNELS[color_type], depth)
    palette = trns = None
    if color_type == 3:
        palette = rng.integers(0, 256, (1 << depth, 3))
        trns = rng.integers(0, 256, max(1, (1 << depth) // 2), dtype=np.uint8).tobytes() if with_trns else None
    elif with_trns:
        trns = samples[0, 0].astype(">u2").tobytes()
    data = files.png(samples, color_type, depth, rng, interlaced, palette, trns)
    name = f"type {color_type} depth {depth} {'interlaced ' if interlaced else ''}{'tRNS ' if with_trns else ''}{w}x{h}"
    got, notes = lib.load(data)
    got3 = got if got.ndim == 3 else got[..., None]
    same("png", name, got3, expect_png(samples, color_type, depth, palette, trns))
    want_notes = ((oi.HAD_ALPHA if with_trns or color_type in (4, 6) else 0) | (oi.WAS_16BIT if depth == 16 else 0)
                  | (oi.WAS_PALETTE if color_type == 3 else oi.WAS_LOW_DEPTH if depth < 8 else 0))
    check("png notes", name, notes == want_notes, f"{notes} for {want_notes}")
    if not (depth == 16 and with_trns):  # Pillow compares the key after its own reduction to 8 bits
        if not (color_type == 0 and depth < 8 and with_trns):  # and unscaled grays after scaling
            want = pillow_pixels(opened(data))
            same("png against Pillow", name, got3, want[..., :1] if color_type == 4 else want)  # LA of 16 bits becomes RGBA


def saved(array, **options):
    buffer = io.BytesIO()
    image = array if isinstance(array, Image.Image) else Image.fromarray(array)
    image.save(buffer, **options)
    return buffer.getvalue()


def test_jpeg(lib):
    sizes = [(1, 1), (7, 5), (8, 8), (16, 16), (17, 33), (64, 48), (161, 95)]
    for w, h in sizes:
        for quality in (30, 75, 95, 100):
            for progressive in (False, True):
                options = dict(format="JPEG", quality=quality, progressive=progressive)
                name = f"{w}x{h} q{quality}{' progressive' if progressive else ''}"
                data = saved(photo(h, w, 1)[..., 0], **options)
                same("jpeg gray", name, lib.load(data)[0], np.asarray(opened(data)))
                for subsampling in (0, 1, 2):
                    data = saved(photo(h, w), subsampling=subsampling, optimize=bool(quality & 1), **options)
                    same("jpeg colour", f"{name} subsampling {subsampling}", lib.load(data)[0], np.asarray(opened(data)))
                data = saved(Image.fromarray(photo(h, w, 4), "CMYK"), **options)
                got, notes = lib.load(data)
                same("jpeg cmyk", name, got, np.asarray(opened(data).convert("RGB")))
                check("jpeg cmyk notes", name, notes == oi.WAS_CMYK)
    data = saved(photo(20, 30), format="JPEG", quality=90)
    ycck = saved(Image.fromarray(photo(20, 30, 4), "CMYK"), format="JPEG")
    at = ycck.index(b"Adobe") + 11  # the colour transform: 2 makes it YCCK
    ycck = ycck[:at] + b"\2" + ycck[at + 1:]
    same("jpeg cmyk", "YCCK", lib.load(ycck)[0], np.asarray(opened(ycck).convert("RGB")))
    rgb = data[:2] + b"\xff\xee\x00\x0eAdobe\0d\0\0\0\0\0" + data[20:]  # JFIF out, Adobe in: not transformed
    same("jpeg colour", "Adobe RGB", lib.load(rgb)[0], np.asarray(opened(rgb)))
    same("jpeg colour", "bytes behind the end", lib.load(data + b"\0" * 100)[0], np.asarray(opened(data)))


def test_orientation(lib):
    array = photo(21, 34)
    for orientation in range(0, 10):
        for big in (False, True):
            for extra in (0, 3):
                tiff = files.exif(orientation, big, extra)
                name = f"{orientation} {'big' if big else 'little'} endian {extra} tags before"
                data = saved(array, format="JPEG", exif=b"Exif\0\0" + tiff)
                for group, data in (("exif jpeg", data),
                                    ("exif png", files.png(array, 2, 8, rng, before=files.chunk(b"eXIf", tiff))),
                                    ("exif png", files.png(array[..., :1], 0, 8, rng, after=files.chunk(b"eXIf", tiff)))):
                    got, notes = lib.load(data)
                    same(group, name, got, np.asarray(ImageOps.exif_transpose(opened(data))))
                    check("exif notes", name, bool(notes & oi.WAS_ORIENTED) == (2 <= orientation <= 8))
                    got, notes = lib.load(data, ignore_orientation=1)
                    same("exif ignored", name, got, np.asarray(opened(data)))
    data = saved(array, format="JPEG", exif=b"Exif\0\0" + files.exif(6))
    for cut in range(6, len(files.exif(6))):  # damaged EXIF is no reason to refuse the pixels
        damaged = saved(array, format="JPEG", exif=b"Exif\0\0" + files.exif(6)[:cut])
        got, _ = lib.load(damaged)
        check("exif damaged", str(cut), sorted(got.shape[:2]) == [21, 34])


def test_bmp(lib):
    for w, h in ((1, 1), (3, 2), (7, 5), (32, 9), (33, 20)):
        files.bmp.width = w
        for bits in (1, 4, 8):
            index = noise(h, w, 1, bits)[..., 0]
            palette = rng.integers(0, 256, (1 << bits, 3))
            rows = [files.pack_row(row, bits) for row in index]
            for header in (12, 40, 108, 124):
                for top_down in (False, True) if header != 12 else (False,):
                    data = files.bmp(rows, bits, header, palette, top_down=top_down)
                    name = f"{bits} bits header {header} {'top down ' if top_down else ''}{w}x{h}"
                    got, notes = lib.load(data)
                    same("bmp", name, got, palette[index])
                    check("bmp notes", name, notes == oi.WAS_PALETTE)
                    same("bmp against Pillow", name, got, np.asarray(opened(data).convert("RGB")))
        for bits, masks in ((16, None), (24, None), (32, None), (16, (0xf800, 0x7e0, 0x1f, 0)), (16, (0x7c00, 0x3e0, 0x1f, 0)),
                            (32, (0xff0000, 0xff00, 0xff, 0)), (32, (0xff000000, 0xff0000, 0xff00, 0)),
                            (32, (0xff0000, 0xff00, 0xff, 0xff000000))):
            for header in (40, 56, 108, 124):
                if header == 40 and masks and masks[3]:
                    continue
                for top_down in (False, True):
                    rows = [row.tobytes() for row in rng.integers(0, 256, (h, w * bits // 8), dtype=np.uint8)]
                    data = files.bmp(rows, bits, header, masks=masks, top_down=top_down)
                    name = f"{bits} bits masks {masks} header {header} {'top down ' if top_down else ''}{w}x{h}"
                    got, notes = lib.load(data)
                    if header == 56:  # not known to Pillow; the same masks in a longer header are below
                        same("bmp", name, got, lib.load(files.bmp(rows, bits, 108, masks=masks, top_down=top_down))[0])
                    else:
                        same("bmp against Pillow", name, got, pillow_pixels(opened(data)))
                    check("bmp notes", name, bool(notes & oi.HAD_ALPHA) == bool(masks and masks[3]))
    for image in (Image.fromarray(photo(13, 11)), Image.fromarray(photo(13, 11, 1)[..., 0]),
                  Image.fromarray(photo(13, 11)).quantize(16), Image.fromarray(photo(13, 11)).convert("1")):
        data = saved(image, format="BMP")
        same("bmp against Pillow", f"saved by Pillow, {image.mode}", lib.load(data)[0], np.asarray(image.convert("RGB")))


def test_pnm(lib):
    for kind in (2, 3, 5, 6):
        channels = 3 if kind in (3, 6) else 1
        for maxval in (1, 2, 3, 15, 100, 254, 255, 256, 1000, 4095, 65534, 65535):
            for w, h in ((1, 1), (5, 3), (16, 16)):
                samples = rng.integers(0, maxval + 1, (h, w, channels))
                data = files.pnm(samples, kind, maxval, rng)
                name = f"P{kind} maxval {maxval} {w}x{h}"
                got, notes = lib.load(data)
                got = got if got.ndim == 3 else got[..., None]
                same("pnm", name, got, np.rint(samples / maxval * 255).astype(np.uint8))
                want = oi.WAS_16BIT if maxval > 255 else oi.WAS_LOW_DEPTH if maxval < 255 else 0
                check("pnm notes", name, notes == want)
                if channels == 3 or maxval <= 255:  # Pillow keeps gray of more than 8 bits as it is
                    same("pnm against Pillow", name, got, pillow_pixels(opened(data)))
    for text in (b"P2 2 2 255 1 2 3 4", b"P2#c\n2#c\n2 #c\n255#c\n1 #c\n2 3\n4#", b"P2\r\n2\r\n2\r\n255\r\n1\t2\v3\f4\r\n"):
        same("pnm", repr(text), lib.load(text)[0], np.array([[1, 2], [3, 4]]))


def refused(lib, name, data, status, words, **options):
    try:
        lib.load(data, **options)
        check("refused", name, False, "was read")
    except oi.OctetError as error:
        ok = error.status == status and all(word in error.message for word in words) and "\n" not in error.message
        check("refused", name, ok, f"status {error.status}: {error.message}")


def test_refusals(lib):
    head = files.png(noise(4, 4, 3, 8), 2, 8, rng)

    def sized(w, h):
        ihdr = w.to_bytes(4, "big") + h.to_bytes(4, "big") + head[24:29]
        return head[:8] + files.chunk(b"IHDR", ihdr) + head[33:]

    refused(lib, "empty", b"", oi.BAD_INPUT, ["empty"])
    refused(lib, "text", b"hello world", oi.BAD_INPUT, ["not a PNG, JPEG, BMP or PNM image"])
    refused(lib, "png bomb", sized(100000, 100000), oi.BAD_INPUT, ["100000x100000", "100000000"])
    refused(lib, "png bomb 2^31", sized(0x7fffffff, 0x7fffffff), oi.BAD_INPUT, ["2147483647x2147483647"])
    refused(lib, "png empty", sized(0, 5), oi.BAD_INPUT, ["PNG"])
    refused(lib, "png own limit", sized(64, 64), oi.BAD_INPUT, ["64x64", "4095"], max_pixels=4095)
    refused(lib, "png 100 megapixels of nothing", sized(10000, 10000), oi.BAD_INPUT, ["PNG"])
    crc = bytearray(head)
    crc[-20] ^= 1
    refused(lib, "png crc", bytes(crc), oi.BAD_INPUT, ["PNG"])
    index = files.png(np.full((3, 3, 1), 3), 3, 2, rng, palette=np.zeros((3, 3)))
    refused(lib, "png palette index", index, oi.BAD_INPUT, ["palette"])
    jpeg = saved(photo(30, 30), format="JPEG")
    sof = jpeg.index(b"\xff\xc0")
    refused(lib, "jpeg bomb", jpeg[:sof + 5] + b"\xff\x00\xff\x00" + jpeg[sof + 9:], oi.BAD_INPUT, ["65280x65280"])
    refused(lib, "jpeg empty", jpeg[:sof + 5] + b"\0\0\0\0" + jpeg[sof + 9:], oi.BAD_INPUT, ["JPEG"])
    refused(lib, "jpeg 12 bits", jpeg[:sof + 4] + b"\x0c" + jpeg[sof + 5:], oi.UNSUPPORTED, ["precision"])
    refused(lib, "jpeg lossless", jpeg[:sof + 1] + b"\xc3" + jpeg[sof + 2:], oi.UNSUPPORTED, ["JPEG"])
    refused(lib, "jpeg cut", jpeg[:-200], oi.BAD_INPUT, ["JPEG"])
    refused(lib, "jpeg without end", jpeg[:-2], oi.BAD_INPUT, ["JPEG"])
    scans = saved(photo(16, 16), format="JPEG", progressive=True)
    begin = scans.index(b"\xff\xda")  # of the first scan, up to the next marker
    end = next(i for i in range(begin + 12, len(scans)) if scans[i] == 255 and scans[i + 1] != 0)
    refused(lib, "jpeg scan bomb", scans[:end] + scans[begin:end] * 600 + scans[end:], oi.BAD_INPUT, ["500 scans"])
    refused(lib, "pnm bomb", b"P6 100000 100000 255\n", oi.BAD_INPUT, ["100000x100000"])
    refused(lib, "pnm 2^31", b"P5 2147483647 2147483647 255\n", oi.BAD_INPUT, ["2147483647x2147483647"])
    refused(lib, "pnm 2^64", b"P5 18446744073709551617 1 255\n0", oi.BAD_INPUT, ["PNM"])
    refused(lib, "pnm empty", b"P5 0 4 255\n", oi.BAD_INPUT, ["0x4"])
    refused(lib, "pnm maxval 0", b"P5 1 1 0\n\0", oi.BAD_INPUT, ["maxval"])
    refused(lib, "pnm maxval", b"P5 1 1 65536\n\0", oi.BAD_INPUT, ["65535"])
    refused(lib, "pnm sample", b"P2 1 1 100\n101\n", oi.BAD_INPUT, ["100"])
    refused(lib, "pnm short", b"P5 10 10 255\n" + bytes(99), oi.BAD_INPUT, ["10x10"])
    refused(lib, "pnm letters", b"P2 1 1 255 x", oi.BAD_INPUT, ["number"])
    refused(lib, "pbm", b"P4 8 1 \0", oi.UNSUPPORTED, ["P4"])
    files.bmp.width = 4
    rows = [bytes(12)] * 4
    good = files.bmp(rows, 24)
    refused(lib, "bmp bomb", good[:18] + b"\0\0\1\0" * 2 + good[26:], oi.BAD_INPUT, ["65536x65536"])
    refused(lib, "bmp empty", good[:18] + b"\0\0\0\0" + good[22:], oi.BAD_INPUT, ["0x4"])
    refused(lib, "bmp negative width", good[:18] + b"\xff" * 4 + good[22:], oi.BAD_INPUT, ["width"])
    refused(lib, "bmp most negative height", good[:22] + b"\0\0\0\x80" + good[26:], oi.BAD_INPUT, ["2147483648"])
    refused(lib, "bmp short", good[:-1], oi.BAD_INPUT, ["pixels"])
    refused(lib, "bmp rle", files.bmp([bytes(4)] * 4, 8, palette=np.zeros((256, 3), int), compression=1), oi.UNSUPPORTED, ["RLE8"])
    refused(lib, "bmp bits", good[:28] + b"\x05\0" + good[30:], oi.UNSUPPORTED, ["5 bits"])
    refused(lib, "bmp palette", files.bmp([b"\xff" * 4] * 4, 8, palette=np.zeros((9, 3), int)), oi.BAD_INPUT, ["palette of 9"])
    refused(lib, "bmp header", good[:14] + b"\x29\0\0\0" + good[18:], oi.UNSUPPORTED, ["41"])
    refused(lib, "bmp mask", files.bmp([bytes(16)] * 4, 32, masks=(0xff00ff, 0, 0, 0)), oi.BAD_INPUT, ["0x00ff00ff"])
    try:
        lib.load_file("/nonexistent/cat.png")
        check("refused", "missing", False)
    except oi.OctetError as error:
        check("refused", "missing", error.status == oi.BAD_INPUT and "/nonexistent/cat.png" in error.message)


def main():
    lib = oi.Library(sys.argv[1])
    for test in (test_png, test_jpeg, test_orientation, test_bmp, test_pnm, test_refusals):
        test(lib)
    for group, n in n_passed.items():
        print(f"{group}: {n}")
    return n_failed != 0


if __name__ == "__main__":
    sys.exit(main())
