# SPDX-License-Identifier: Apache-2.0
"""ctypes binding of include/octet/octet.h for tests and benchmarks: models from bytes or files, numpy arrays in and out."""
import ctypes as ct

import numpy as np

HOST, LAYER, FOLD = range(3)
RGB, BGR, GRAY = range(3)
NHWC, NCHW = range(2)
PIXELS_RGB, PIXELS_BGR, PIXELS_GRAY, PIXELS_RGBX, NV12, NV21, I420, YUYV = range(8)
DTYPES = {1: np.float32, 2: np.uint8, 3: np.int8, 6: np.int32, 7: np.int64}


class Error(ct.Structure):
    _fields_ = [("status", ct.c_int), ("message", ct.c_char * 4096)]


class Recipe(ct.Structure):
    _fields_ = [("resize", ct.c_int), ("resize_width", ct.c_int32), ("resize_height", ct.c_int32), ("dialect", ct.c_int),
                ("crop_width", ct.c_int32), ("crop_height", ct.c_int32), ("order", ct.c_int), ("layout", ct.c_int),
                ("mean", ct.c_float * 4), ("scale", ct.c_float * 4)]


class Pixels(ct.Structure):
    _fields_ = [("format", ct.c_int), ("layout", ct.c_int), ("matrix", ct.c_int), ("range", ct.c_int), ("linear", ct.c_int32)]


class CompileOpts(ct.Structure):
    _fields_ = [("cpu", ct.c_char_p), ("providers", ct.c_char_p), ("placement", ct.c_int), ("pixel_input", ct.c_int),
                ("recipe", ct.POINTER(Recipe)), ("pixels", ct.POINTER(Pixels)), ("calibration", ct.c_void_p),
                ("tuning", ct.c_char_p)]


class TensorInfo(ct.Structure):
    _fields_ = [("name", ct.c_char_p), ("dtype", ct.c_int), ("rank", ct.c_int32), ("dims", ct.c_int64 * 8),
                ("dim_names", ct.c_char_p * 8), ("n_bytes", ct.c_size_t)]


class StepInfo(ct.Structure):
    _fields_ = [("name", ct.c_char_p), ("op", ct.c_char_p), ("provider", ct.c_char_p), ("kernel", ct.c_char_p),
                ("rank", ct.c_int32), ("dims", ct.c_int64 * 8), ("dtype", ct.c_int), ("macs", ct.c_uint64),
                ("n_parameters", ct.c_uint64), ("reason", ct.c_char_p)]


class Range(ct.Structure):
    _fields_ = [("name", ct.c_char_p), ("min", ct.c_float), ("max", ct.c_float)]


class SessionOpts(ct.Structure):
    _fields_ = [("n_threads", ct.c_int)]


def recipe(mean=(0,), scale=(0,), order=RGB, layout=NCHW):
    return Recipe(order=order, layout=layout, mean=(ct.c_float * 4)(*mean), scale=(ct.c_float * 4)(*scale))


class Octet:
    def __init__(self, path):
        self.c = ct.CDLL(str(path))
        for name in ("octet_model_free", "octet_program_free", "octet_session_free", "octet_calibration_free"):
            getattr(self.c, name).restype = None
        for name in ("octet_program_input", "octet_program_output"):
            getattr(self.c, name).restype = ct.POINTER(TensorInfo)
        self.c.octet_cpu_level.restype = ct.c_char_p
        self.c.octet_session_input.restype = self.c.octet_session_output.restype = ct.c_void_p
        self.c.octet_calibration_input.restype = ct.c_void_p
        self.c.octet_calibration_range.restype = ct.POINTER(Range)

    def levels(self):
        """The CPU levels that this machine has, the lowest first."""
        found, available = [], ct.c_int()
        while (name := self.c.octet_cpu_level(len(found), ct.byref(available))) and available.value:
            found.append(name.decode())
        return found

    def call(self, name, *args):
        error = Error()
        if getattr(self.c, name)(*args, ct.byref(error)) != 0:
            raise RuntimeError(error.message.decode())

    def model(self, onnx):
        """A model from bytes or a path, to be freed."""
        model = ct.c_void_p()
        if isinstance(onnx, bytes):
            self.call("octet_model_load", ct.byref(model), onnx, ct.c_size_t(len(onnx)))
        else:
            self.call("octet_model_open", ct.byref(model), str(onnx).encode())
        return model

    def calibrate(self, onnx, images):
        """The calibration with these float32 images."""
        model, handle = self.model(onnx), ct.c_void_p()
        try:
            self.call("octet_calibration_new", ct.byref(handle), model, ct.byref(CompileOpts()), ct.byref(SessionOpts(1)))
        finally:
            self.c.octet_model_free(model)
        for image in images:
            image = np.ascontiguousarray(image, np.float32)
            ct.memmove(self.c.octet_calibration_input(handle, 0), image.ctypes.data, image.nbytes)
            self.call("octet_calibration_add", handle)
        return Calibration(self, handle)

    def compile(self, onnx, placement=HOST, recipe=None, pixels=None, cpu=None, providers=None, calibration=None):
        """A program from the bytes or the path of a model."""
        model, program = self.model(onnx), ct.c_void_p()
        opts = CompileOpts(cpu=cpu.encode() if cpu else None, placement=placement,
                           providers=providers.encode() if providers else None, recipe=ct.pointer(recipe) if recipe else None,
                           pixels=ct.pointer(pixels) if pixels else None, calibration=calibration.handle if calibration else None)
        try:
            self.call("octet_compile", ct.byref(program), model, ct.byref(opts))
        finally:
            self.c.octet_model_free(model)
        return Program(self, program)


class Calibration:
    def __init__(self, octet, handle):
        self.octet, self.handle = octet, handle

    def __del__(self):
        self.octet.c.octet_calibration_free(self.handle)

    def ranges(self):
        """name -> (min, max)"""
        found = {}
        while r := self.octet.c.octet_calibration_range(self.handle, len(found)):
            found[r.contents.name.decode()] = (r.contents.min, r.contents.max)
        return found


class Program:
    def __init__(self, octet, handle):
        self.octet, self.handle = octet, handle

    def __del__(self):
        self.octet.c.octet_program_free(self.handle)

    def placement(self):
        return self.octet.c.octet_program_placement(self.handle, 0, None)

    def steps(self):
        steps, info = [], StepInfo()
        while self.octet.c.octet_program_step(self.handle, len(steps), ct.byref(info)) == 0:
            steps.append(info)
            info = StepInfo()
        return steps

    def bind(self, recipe, pixels):
        bound = ct.c_void_p()
        self.octet.call("octet_program_bind", ct.byref(bound), self.handle, 0, ct.byref(recipe), ct.byref(pixels))
        return Program(self.octet, bound)

    def session(self, n_threads=1):
        return Session(self, n_threads)


class Session:
    """input and output are arrays on the session's own memory."""

    def __init__(self, program, n_threads):
        self.program, self.octet, self.handle = program, program.octet, ct.c_void_p()
        self.octet.call("octet_session_new", ct.byref(self.handle), program.handle, ct.byref(SessionOpts(n_threads)))
        self.input, self.output = self.view("input"), self.view("output")

    def __del__(self):
        self.octet.c.octet_session_free(self.handle)

    def view(self, which, i=0):
        info = getattr(self.octet.c, f"octet_program_{which}")(self.program.handle, i).contents
        address = getattr(self.octet.c, f"octet_session_{which}")(self.handle, i)
        memory = (ct.c_uint8 * info.n_bytes).from_address(address)
        return np.frombuffer(memory, DTYPES[info.dtype]).reshape(info.dims[:info.rank])

    def run(self):
        self.octet.call("octet_session_run", self.handle)
        return self.output
