# SPDX-License-Identifier: Apache-2.0
"""Every resize dialect byte for byte against the library whose name it carries, at every CPU level of this machine.
usage: test_resize.py SHIM.so [n_random]"""
import sys

try:
    import numpy as np
    import PIL
    from PIL import Image
except ImportError as missing:
    print("skipped:", missing)
    sys.exit(77)
try:
    import cv2
except ImportError:
    cv2 = None
import octet_image

PILLOW = {"pillow-nearest": 0, "pillow-lanczos": 1, "pillow-bilinear": 2, "pillow-bicubic": 3, "pillow-box": 4}
PILLOW13 = {"pillow13-lanczos": 1, "pillow13-bilinear": 2, "pillow13-bicubic": 3, "pillow13-box": 4}
VERSION = tuple(int(part) for part in PIL.__version__.split(".")[:2])
if VERSION >= (13, 0):
    PILLOW = {"pillow-nearest": 0, **PILLOW13}
HAS_TALL_RULE = (12, 2) <= VERSION < (13, 0)  # over 100 times as tall as wide: the vertical pass first
OPENCV = {} if cv2 is None or not cv2.__version__.startswith("4.") else {
    "opencv-linear": cv2.INTER_LINEAR, "opencv-area": cv2.INTER_AREA, "opencv-nearest": cv2.INTER_NEAREST}


def reference(array, width, height, dialect):
    if dialect in PILLOW:
        return np.asarray(Image.fromarray(array).resize((width, height), PILLOW[dialect]))
    return cv2.resize(array, (width, height), interpolation=OPENCV[dialect])


def reference_13(array, width, height, dialect):
    """Pillow 13 by way of an older one: passes one by one, the vertical one first where 13 has it so."""
    image, lower, narrower = Image.fromarray(array), array.shape[0] - height, array.shape[1] - width
    if lower > 0 and lower > 2 * narrower:
        image = image.resize((array.shape[1], height), PILLOW13[dialect])
    return np.asarray(image.resize((width, height), PILLOW13[dialect]))


def pixels(rng, height, width, channels):
    """Noise, extremes or a smooth slope: overshoot, saturation and rounding all have their turn."""
    shape = (height, width) if channels == 1 else (height, width, channels)
    kind = rng.integers(4)
    if kind == 0:
        return rng.integers(0, 256, shape, dtype=np.uint8)
    if kind == 1:
        return (rng.integers(0, 2, shape) * 255).astype(np.uint8)
    if kind == 2:
        return rng.integers(250, 256, shape, dtype=np.uint8)
    slope = np.add.outer(np.arange(height) * rng.integers(1, 9), np.arange(width) * rng.integers(1, 9)) & 255
    return np.ascontiguousarray(slope.astype(np.uint8) if channels == 1 else np.repeat(slope[..., None], 3, 2).astype(np.uint8))


def cases(rng, n_random):
    """(w, h, new_w, new_h): fixed awkward ones, then random ones."""
    fixed = [(1, 1, 1, 1), (1, 1, 7, 5), (1, 1, 64, 64), (7, 5, 1, 1), (64, 64, 1, 1), (1, 50, 1, 20), (1, 50, 9, 20),
             (50, 1, 20, 1), (50, 1, 20, 9), (2, 2, 4, 4), (4, 4, 2, 2), (3, 3, 2, 2), (2, 2, 3, 3), (1000, 3, 10, 3),
             (3, 1000, 3, 10), (1000, 2, 1, 2), (640, 480, 224, 224), (224, 224, 256, 256), (256, 256, 128, 128),
             (256, 192, 64, 48), (300, 200, 100, 50), (98, 98, 2, 2), (49, 49, 1, 1), (103, 103, 1, 103), (17, 31, 17, 62),
             (31, 17, 93, 17), (5, 5, 200, 3), (200, 3, 5, 5), (33, 35, 34, 34), (2000, 1, 3, 1), (1, 2000, 1, 3),
             (16, 16, 15, 17), (6, 6, 3, 2), (6, 6, 3, 3), (8, 8, 2, 8), (8, 8, 8, 2), (8, 4, 4, 8), (321, 123, 107, 41),
             (500, 375, 341, 256), (375, 500, 256, 341), (9, 9, 8, 8), (2, 300, 1, 150), (300, 2, 150, 1), (12, 12, 12, 12),
             (1920, 1080, 455, 256), (1300, 1100, 1, 1), (1, 1, 700, 900), (3000, 2, 1001, 3), (1024, 768, 512, 384)]
    yield from fixed
    for _ in range(n_random):
        top = int(rng.choice([4, 12, 40, 120, 300]))
        w, h = rng.integers(1, top + 1, 2)
        if rng.integers(4) == 0:  # integer factors, for OpenCV's fast paths
            new_w, new_h = rng.integers(1, 20, 2)
            fx, fy = rng.integers(1, 9, 2)
            w, h = new_w * fx, new_h * fy
        else:
            new_w, new_h = rng.integers(1, int(rng.choice([4, 12, 40, 120, 300])) + 1, 2)
        yield int(w), int(h), int(new_w), int(new_h)


def embedded(rng, array):
    """The same pixels as a part of a wider image, whose other pixels must not matter."""
    around = rng.integers(0, 256, (array.shape[0] + 2, array.shape[1] + 5) + array.shape[2:], dtype=np.uint8)
    around[1:-1, 2:-3] = array
    return around[1:-1, 2:-3]


def main():
    library = octet_image.Library(sys.argv[1])
    n_random = int(sys.argv[2]) if len(sys.argv) > 2 else 400
    rng = np.random.default_rng(20261122)
    n = {dialect: 0 for dialect in dict.fromkeys([*PILLOW, *PILLOW13, *OPENCV])}
    n_failed = 0
    for w, h, new_w, new_h in cases(rng, n_random):
        for channels in (1, 3):
            array = pixels(rng, h, w, channels)
            view = embedded(rng, array)
            for dialect in n:
                if HAS_TALL_RULE and dialect in PILLOW and dialect != "pillow-nearest" and h > 100 * w:
                    continue
                if dialect in PILLOW13 and dialect not in PILLOW:
                    want = reference_13(array, new_w, new_h, dialect)
                else:
                    want = reference(array, new_w, new_h, dialect)
                for level in library.levels():
                    library.cap_level(level)
                    got = library.resize(view, new_w, new_h, dialect)
                    n[dialect] += 1
                    if not np.array_equal(got, want.reshape(got.shape)):
                        n_failed += 1
                        bad = np.argwhere(got != want.reshape(got.shape))
                        at = tuple(bad[0])
                        print(f"{dialect} level {level}: {w}x{h}x{channels} -> {new_w}x{new_h}: {len(bad)} bytes differ, "
                              f"first at {at}: {got[at]} for {want.reshape(got.shape)[at]}")
                        if n_failed > 30:
                            return 1
    print(f"Pillow {PIL.__version__}, OpenCV {cv2.__version__ if OPENCV else 'skipped'}")
    for dialect, count in n.items():
        print(f"{dialect}: {count} resizes")
    return n_failed != 0


if __name__ == "__main__":
    sys.exit(main())
