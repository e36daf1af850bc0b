# SPDX-License-Identifier: Apache-2.0
"""Recipes against torchvision's formulas carried out with Pillow, OpenCV and numpy: sizes, crops, padding, order, tensor.
usage: test_preprocess.py SHIM.so [n_random]"""
import sys

try:
    import numpy as np
    from PIL import Image
except ImportError as missing:
    print("skipped:", missing)
    sys.exit(77)
import octet_image as oi
from test_resize import OPENCV, PILLOW, embedded, pixels, reference

NONE, SHORTER, STRETCH = range(3)
RGB, BGR, GRAY = range(3)


def resized_size(w, h, recipe):
    """torchvision's _compute_resized_output_size."""
    if recipe.resize == NONE:
        return w, h
    if recipe.resize == STRETCH:
        return recipe.resize_width, recipe.resize_height
    short, long = (w, h) if w <= h else (h, w)
    new_short, new_long = recipe.resize_width, int(recipe.resize_width * long / short)
    return (new_short, new_long) if w <= h else (new_long, new_short)


def center_crop(array, crop_w, crop_h):
    """torchvision's center_crop: zeros around a smaller image, then Python's round."""
    h, w = array.shape[:2]
    dx, dy = max(crop_w - w, 0), max(crop_h - h, 0)
    array = np.pad(array, [(dy // 2, (dy + 1) // 2), (dx // 2, (dx + 1) // 2)] + [(0, 0)] * (array.ndim - 2))
    h, w = array.shape[:2]
    top, left = int(round((h - crop_h) / 2.0)), int(round((w - crop_w) / 2.0))
    return array[top:top + crop_h, left:left + crop_w]


def expected_geometry(array, recipe):
    if recipe.order == GRAY and array.ndim == 3:
        array = np.asarray(Image.fromarray(array).convert("L"))
    w, h = resized_size(array.shape[1], array.shape[0], recipe)
    array = reference(array, w, h, oi.DIALECTS[recipe.dialect]).reshape((h, w) + array.shape[2:])
    return center_crop(array, recipe.crop_width, recipe.crop_height) if recipe.crop_width else array


def expected_tensor(array, recipe):
    if recipe.order == GRAY:
        array = array if array.ndim == 2 else np.asarray(Image.fromarray(array).convert("L"))
        array = array[..., None]
    elif array.ndim == 2:
        array = np.repeat(array[..., None], 3, 2)
    if recipe.order == BGR:
        array = array[..., ::-1]
    c = array.shape[2]
    mean, scale = np.array(recipe.mean[:c], np.float32), np.array(recipe.scale[:c], np.float32)
    y = (array.astype(np.float32) - mean) * (scale if scale.any() else np.float32(1))
    return y if recipe.layout == 0 else y.transpose(2, 0, 1)


def random_recipe(rng, w, h):
    recipe = oi.Preprocess()
    recipe.resize = int(rng.integers(3))
    side = int(rng.choice([1, 5, 31, 64, 224, 256]))
    if recipe.resize == SHORTER and side * max(w, h) / min(w, h) > 3000:
        recipe.resize = STRETCH
    recipe.resize_width, recipe.resize_height = side, int(rng.integers(1, 260))
    recipe.dialect = oi.DIALECTS.index(str(rng.choice([*PILLOW, *OPENCV])))
    if rng.integers(4):
        recipe.crop_width, recipe.crop_height = (int(v) for v in rng.choice([1, 2, 30, 63, 64, 224, 225], 2))
    recipe.order, recipe.layout = int(rng.integers(3)), int(rng.integers(2))
    for c in range(4):
        recipe.mean[c], recipe.scale[c] = rng.uniform(0, 200), rng.uniform(0.01, 0.02)
    if rng.integers(4) == 0:
        recipe.scale = (0, 0, 0, 0)
    return recipe


def text_of(recipe):
    return ", ".join(f"{name} {getattr(recipe, name)}" for name, kind in recipe._fields_ if name not in ("mean", "scale"))


def main():
    lib = oi.Library(sys.argv[1])
    n_random = int(sys.argv[2]) if len(sys.argv) > 2 else 600
    rng = np.random.default_rng(20261122)
    n_failed = n_passed = 0
    for _ in range(n_random):
        w, h = (int(v) for v in rng.integers(1, int(rng.choice([3, 40, 500])) + 1, 2))
        array = pixels(rng, h, w, int(rng.choice([1, 3])))
        recipe = random_recipe(rng, w, h)
        want = expected_geometry(array, recipe)
        tensor = expected_tensor(want, recipe)
        for level in lib.levels():
            lib.cap_level(level)
            got = lib.geometry(array, recipe)
            ok = np.array_equal(got, want) and lib.geometry_size(w, h, recipe) == (want.shape[1], want.shape[0])
            ok &= np.array_equal(lib.to_float(got, recipe).view(np.uint32), np.ascontiguousarray(tensor).view(np.uint32))
            raw = np.ascontiguousarray(expected_tensor(array, recipe))  # gray is taken from the image itself here
            ok &= np.array_equal(lib.to_float(embedded(rng, array), recipe).view(np.uint32), raw.view(np.uint32))
            n_passed += ok
            n_failed += not ok
            if not ok:
                print(f"FAILED level {level} {w}x{h}x{array.ndim}: {text_of(recipe)}")
    print(f"recipes: {n_passed} passed, {n_failed} failed")
    return n_failed != 0


if __name__ == "__main__":
    sys.exit(main())
