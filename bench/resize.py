# SPDX-License-Identifier: Apache-2.0
"""Times Octet's resize dialects against the libraries they follow, in one interleaved run on one thread; checks that the
bytes are equal. Run it with the interpreter whose Pillow and OpenCV are to be measured.
usage: resize.py LIBOCTET_IMAGE.so [rounds]"""
import ctypes as ct
import pathlib
import sys
import time

import numpy as np
import PIL
from PIL import Image

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests" / "image"))
import octet_image as oi  # noqa: E402

try:
    import cv2
    cv2.setNumThreads(1)
except ImportError:
    cv2 = None

PILLOW = {"pillow-nearest": 0, "pillow-lanczos": 1, "pillow-bilinear": 2, "pillow-bicubic": 3, "pillow-box": 4}
if int(PIL.__version__.split(".")[0]) >= 13:
    PILLOW = {name.replace("pillow-", "pillow13-") if code else name: code for name, code in PILLOW.items()}
OPENCV = {} if cv2 is None else {"opencv-linear": cv2.INTER_LINEAR, "opencv-area": cv2.INTER_AREA,
                                 "opencv-nearest": cv2.INTER_NEAREST}
CASES = [  # width, height, channels, new width, new height
    (1920, 1080, 3, 455, 256), (1920, 1080, 1, 455, 256), (500, 375, 3, 341, 256), (640, 480, 3, 224, 224),
    (128, 128, 3, 224, 224), (1920, 1080, 3, 960, 540)]


def reference(array, width, height, dialect):
    """(function that resizes, function that turns its result into an array)"""
    if dialect in PILLOW:
        image = Image.fromarray(array)
        return lambda: image.resize((width, height), PILLOW[dialect]), np.asarray
    return lambda: cv2.resize(array, (width, height), interpolation=OPENCV[dialect]), lambda x: x


def ours(lib, array, width, height, dialect):
    """A call and a release of the result, as the other side has them."""
    src, dst, index = lib.view(array), oi.Image(), oi.DIALECTS.index(dialect)
    resize, free, a, b = lib.c.octet_image_resize, lib.c.octet_image_free, ct.byref(dst), ct.byref(src)

    def run():
        resize(a, b, width, height, index, None)
        free(a)
    return run


def time_both(f, g, rounds):
    """Least and median milliseconds of each, called in turn; the thread's CPU time, so that others on the machine count less."""
    times = np.empty((rounds, 2))
    for i in range(rounds):
        t0 = time.thread_time()
        f()
        t1 = time.thread_time()
        g()
        times[i] = t1 - t0, time.thread_time() - t1
    return times.min(0) * 1e3, np.median(times, 0) * 1e3


def main():
    lib = oi.Library(sys.argv[1])
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 100
    print(f"Python {sys.version.split()[0]}, Pillow {PIL.__version__}, OpenCV {cv2.__version__ if cv2 else 'none'}, {rounds} rounds\n")
    print("| dialect | from | to | theirs, ms least (median) | Octet, ms | theirs / Octet, least (median) | bytes |")
    print("|---|---|---|---|---|---|---|")
    rng = np.random.default_rng(1)
    for w, h, channels, new_w, new_h in CASES:
        array = rng.integers(0, 256, (h, w) if channels == 1 else (h, w, channels), dtype=np.uint8)
        for dialect in [*PILLOW, *OPENCV]:
            theirs, to_array = reference(array, new_w, new_h, dialect)
            equal = np.array_equal(to_array(theirs()), lib.resize(array, new_w, new_h, dialect))
            least, median = time_both(theirs, ours(lib, array, new_w, new_h, dialect), rounds)
            print(f"| {dialect} | {w}x{h}x{channels} | {new_w}x{new_h} | {least[0]:.3f} ({median[0]:.3f}) | {least[1]:.3f} "
                  f"({median[1]:.3f}) | {least[0] / least[1]:.2f} ({median[0] / median[1]:.2f}) | "
                  f"{'equal' if equal else 'DIFFERENT'} |", flush=True)


if __name__ == "__main__":
    main()
