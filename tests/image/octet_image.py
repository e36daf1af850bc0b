# SPDX-License-Identifier: Apache-2.0
"""ctypes binding of include/octet/image.h for the tests: numpy arrays [H, W] or [H, W, 3] in and out."""
import ctypes as ct

import numpy as np

HAD_ALPHA, WAS_16BIT, WAS_LOW_DEPTH, WAS_PALETTE, WAS_CMYK, WAS_ORIENTED = 1, 2, 4, 8, 16, 32
OK, CHECK_FAILED, USAGE, BAD_INPUT, UNSUPPORTED, NO_MEMORY = range(6)
DIALECTS = ["pillow-bilinear", "pillow-nearest", "pillow-box", "pillow-bicubic", "pillow-lanczos",
            "opencv-linear", "opencv-area", "opencv-nearest", "pillow13-bilinear", "pillow13-box", "pillow13-bicubic",
            "pillow13-lanczos"]


class Error(ct.Structure):
    _fields_ = [("status", ct.c_int), ("message", ct.c_char * 4096)]


class Image(ct.Structure):
    _fields_ = [("width", ct.c_int32), ("height", ct.c_int32), ("channels", ct.c_int32), ("notes", ct.c_uint32),
                ("stride", ct.c_size_t), ("pixels", ct.c_void_p), ("memory", ct.c_void_p)]


class LoadOpts(ct.Structure):
    _fields_ = [("max_pixels", ct.c_uint64), ("ignore_orientation", ct.c_int32)]


class Preprocess(ct.Structure):
    _fields_ = [("resize", ct.c_int), ("resize_width", ct.c_int32), ("resize_height", ct.c_int32),
                ("dialect", ct.c_int), ("crop_width", ct.c_int32), ("crop_height", ct.c_int32), ("order", ct.c_int),
                ("layout", ct.c_int), ("mean", ct.c_float * 4), ("scale", ct.c_float * 4)]


class OctetError(Exception):
    def __init__(self, error):
        self.status, self.message = error.status, error.message.decode()
        super().__init__(f"{self.status}: {self.message}")


class Library:
    def __init__(self, path):
        self.c = ct.CDLL(path)
        self.c.octet_image_split.restype = None
        self.c.octet_image_free.restype = None

    def cap_level(self, level):
        return self.c.shim_cap_level(level)

    def levels(self):
        return range(self.c.shim_detected_level() + 1)

    def call(self, name, *args):
        error = Error()
        if getattr(self.c, name)(*args, ct.byref(error)) != OK:
            raise OctetError(error)

    @staticmethod
    def view(array):
        assert array.dtype == np.uint8 and array.strides[-1] == 1
        channels = 1 if array.ndim == 2 else 3
        return Image(array.shape[1], array.shape[0], channels, 0, array.strides[0], array.ctypes.data, None)

    def take(self, image):
        """numpy copy of an image of the library's, which is freed."""
        buffer = (ct.c_uint8 * (image.stride * image.height)).from_address(image.pixels)
        rows = np.frombuffer(buffer, np.uint8).reshape(image.height, image.stride)
        array = rows[:, :image.width * image.channels].copy()
        shape = (image.height, image.width) + ((3,) if image.channels == 3 else ())
        array = array.reshape(shape)
        self.c.octet_image_free(ct.byref(image))
        return array

    def load(self, data, max_pixels=0, ignore_orientation=0):
        """(array, notes) of a file in memory."""
        image, opts = Image(), LoadOpts(max_pixels, ignore_orientation)
        self.call("octet_image_load_memory", ct.byref(image), data, ct.c_size_t(len(data)), ct.byref(opts))
        notes = image.notes
        return self.take(image), notes

    def load_file(self, path):
        image = Image()
        self.call("octet_image_load", ct.byref(image), str(path).encode(), None)
        return self.take(image)

    def resize(self, array, width, height, dialect):
        image, src = Image(), self.view(array)
        self.call("octet_image_resize", ct.byref(image), ct.byref(src), width, height, DIALECTS.index(dialect))
        return self.take(image)

    def geometry(self, array, recipe):
        image, src = Image(), self.view(array)
        self.call("octet_image_geometry", ct.byref(image), ct.byref(src), ct.byref(recipe))
        return self.take(image)

    def geometry_size(self, width, height, recipe):
        w, h = ct.c_int32(), ct.c_int32()
        self.call("octet_image_geometry_size", ct.byref(w), ct.byref(h), width, height, ct.byref(recipe))
        return w.value, h.value

    def convert(self, array, order):
        image, src = Image(), self.view(array)
        self.call("octet_image_convert", ct.byref(image), ct.byref(src), order)
        return self.take(image)

    def to_float(self, array, recipe):
        channels = 1 if recipe.order == 2 else 3
        h, w = array.shape[:2]
        out = np.full(h * w * channels, np.nan, np.float32)
        src = self.view(array)
        self.call("octet_image_to_float", out.ctypes.data_as(ct.c_void_p), ct.c_size_t(out.size), ct.byref(src),
                  ct.byref(recipe))
        return out.reshape((h, w, channels) if recipe.layout == 0 else (channels, h, w))

    def parse(self, name):
        dialect = ct.c_int()
        self.call("octet_resize_dialect_parse", ct.byref(dialect), name.encode())
        return DIALECTS[dialect.value]
