# SPDX-License-Identifier: Apache-2.0
"""One-operator graphs of qdq_models.py: at most one step from ONNX's reference implementation and from ONNX Runtime (its
float detour and its integer kernels), the same bits at every level and thread count, and no float step where none is
allowed. Called with the shared library."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "pixels"))
import numpy as np
import onnxruntime
from onnx import TensorProto, numpy_helper
from onnx.reference import ReferenceEvaluator

import octet_program
import qdq_models as q

OCTET = None  # set by main
S8 = {"dtype": np.int8}

# name -> (graph, the float operators that may stay, with a word of the reason)
CASES = {
    "conv": (q.conv(), {}),
    "conv s8": (q.conv(**S8), {}),
    "conv without bias": (q.conv(bias=None), {}),
    "conv, bias of another scale": (q.conv(bias=1.01), {}),
    "conv, float bias": (q.conv(bias="float"), {}),
    "conv, coarse float bias": (q.conv(bias="float", y_scale=0.0004), {"Conv": "too coarse"}),
    "conv, u8 weights": (q.conv(w_dtype=np.uint8, w_zero=131), {}),
    "conv, one scale": (q.conv(per_channel=False), {}),
    "conv, depthwise": (q.conv(group=16), {}),
    "conv, strides": (q.conv(strides=[2, 2]), {}),
    "conv, relu": (q.conv(clamp="relu"), {}),
    "conv, clip": (q.conv(clamp=(-3.1, 9.7)), {}),
    "conv, clip s8": (q.conv(clamp=(0, 6), **S8), {}),
    "conv and add": (q.residual(), {}),
    "conv and add s8": (q.residual(**S8), {}),
    "conv and add, the other way round": (q.residual(first=True, oc=32), {}),
    "conv and add s8, the other way round": (q.residual(first=True, oc=48, **S8), {}),
    "conv, add and relu": (q.residual(clamp=True, oc=100), {}),
    "two convs added": (q.residual(downsample=True, oc=64), {}),
    "conv, its sum added": (q.residual(rounded=False), {}),
    "conv s8, its sum added": (q.residual(rounded=False, **S8), {}),
    "conv, its sum added, the other way round": (q.residual(rounded=False, first=True, oc=32), {}),
    "conv, its sum added, relu": (q.residual(rounded=False, clamp=True, oc=100), {}),
    "conv s8, its sum added, clip": (q.residual(rounded=False, clamp=(-3.1, 9.7), oc=48, **S8), {}),
    "depthwise conv, its sum added": (q.residual(rounded=False, oc=16, group=16), {}),
    "two convs, a sum added": (q.residual(rounded=False, downsample=True, oc=64), {}),
    "large conv, its sum added": (q.residual(rounded=False, kernel=9), {"Conv+Add": "no kernel that adds"}),
    "conv, quantized behind a pool": (q.quantized_late(), {}),
    "conv s8, quantized behind a pool": (q.quantized_late(clamp=False, **S8), {}),
    "gemm, quantized behind a reshape": (q.quantized_late("Gemm"), {}),
    "convs joined": (q.joined_convs(), {}),
    "convs joined, another scale": (q.joined_convs(0.2), {}),
    "gemm": (q.gemm(), {}),
    "gemm, weights as they are": (q.gemm(trans=0), {}),
    "gemm s8": (q.gemm(**S8), {}),
    "gemm without bias, one scale": (q.gemm(bias=None, per_channel=False), {}),
    "gemm to float": (q.gemm(quantized=False), {}),
    "gemm to float without bias": (q.gemm(quantized=False, bias=None, per_channel=False), {}),
    "matmul": (q.matmul(), {}),
    "matmul of a batch": (q.matmul(batch=(2, 3)), {}),
    "matmul of activations": (q.matmul(batch=(2, 3), activations=True), {}),
    "matmul, transposed weights": (q.transposed_weights("MatMul"), {}),
    "gemm, transposed weights of a scale each": (q.transposed_weights("Gemm", True), {}),
    "add": (q.binary("Add"), {}),
    "add s8": (q.binary("Add", **S8), {}),
    "add of a row": (q.binary("Add", shapes=((2, 8, 5, 7), (7,))), {}),
    "sub": (q.binary("Sub"), {}),
    "sub s8": (q.binary("Sub", **S8), {}),
    "mul": (q.binary("Mul"), {}),
    "mul s8": (q.binary("Mul", **S8), {}),
    "mul for each channel": (q.binary("Mul", shapes=((1, 40, 5, 7), (1, 40, 1, 1))), {}),
    "mul by one number": (q.binary("Mul", shapes=((1, 40, 5, 7), (1, 1, 1, 1))), {}),
    "excitation": (q.excitation(), {}),
    "concat, equal scales": (q.concat(), {}),
    "concat, other result": (q.concat(y_scale=0.08), {}),
    "concat, other scales": (q.concat(scales=(0.05, 0.03, 0.07), zeros=(3, 90, 200), y_scale=0.07), {}),
    "concat of rows": (q.concat(axis=1, scales=(0.05, 0.04, 0.04)), {}),
    "average": (q.average(kernel_shape=[3, 3], pads=[1, 1, 1, 1]), {}),
    "average, padding counts": (q.average(kernel_shape=[3, 2], pads=[1, 1, 1, 1], strides=[2, 2], count_include_pad=1), {}),
    "average, ceil": (q.average(kernel_shape=[2, 3], strides=[2, 2], ceil_mode=1), {}),
    "average of all": (q.average(kernel_shape=[9, 8]), {}),
    "average s8": (q.average(kernel_shape=[3, 3], **S8), {}),
    "global average": (q.average("GlobalAveragePool"), {}),
    "mean over the image": (q.average("ReduceMean", axes=[2, 3]), {}),
    "mean, axes gone": (q.average("ReduceMean", axes=[-1, -2], keepdims=0), {}),
    "mean over channels": (q.average("ReduceMean", axes=[1]), {"ReduceMean": "whole image"}),
    "max pool": (q.moving("MaxPool", kernel_shape=[3, 3], strides=[2, 2]), {}),
    "max pool, padding": (q.moving("MaxPool", kernel_shape=[3, 3], pads=[1, 1, 1, 1]), {}),
    "max pool s8, other scale": (q.moving("MaxPool", kernel_shape=[2, 2], same=False, **S8), {}),
    "global max": (q.moving("GlobalMaxPool"), {}),
    "reshape": (q.moving("Reshape", np.array([8, -1])), {}),
    "flatten, other scale": (q.moving("Flatten", same=False), {}),
    "squeeze": (q.moving("Squeeze", np.array([0])), {}),
    "unsqueeze": (q.moving("Unsqueeze", np.array([0])), {}),
    "transpose": (q.moving("Transpose", perm=[0, 2, 3, 1]), {}),
    "slice": (q.moving("Slice", np.array([1, 2]), np.array([7, 6]), np.array([1, 2])), {}),
    "split": (q.moving("Split", np.array([3, 5]), axis=1, n_out=2), {}),
    "split, other scale": (q.moving("Split", np.array([3, 5]), axis=1, n_out=2, same=False), {}),
    "pad": (q.moving("Pad", np.array([0, 0, 1, 2, 0, 0, 3, 4])), {}),
    "pad with a number": (q.moving("Pad", np.array([0, 0, 1, 2, 0, 0, 3, 4]), np.float32(20 * np.float32(0.05))), {}),
    "pad with a number without a byte": (q.moving("Pad", np.array([0, 0, 1, 2, 0, 0, 3, 4]), np.float32(0.06)),
                                         {"Pad": "no integer of its own"}),
    "pad, reflected": (q.moving("Pad", np.array([0, 0, 1, 2, 0, 0, 3, 4]), mode="reflect"), {}),
    "depth to space": (q.moving("DepthToSpace", blocksize=2), {}),
    "space to depth": (q.moving("SpaceToDepth", blocksize=2), {}),
    "resize, nearest": (q.moving("Resize", "", np.array([1, 1, 2, 2], np.float32), mode="nearest"), {}),
    "resize, linear": (q.moving("Resize", "", np.array([1, 1, 2, 2], np.float32), mode="linear"), {"Resize": "no integer form"}),
    "expand": (q.moving("Expand", np.array([2, 8, 6, 10])), {}),
    "gather": (q.moving("Gather", np.array([3, 1]), axis=1), {}),
    "identity, other scale": (q.moving("Identity", same=False), {}),
    "moves in a row": (q.chain(), {}),
    "sigmoid": (q.unary("Sigmoid", y_scale=1 / 256, y_zero=0), {}),
    "hard sigmoid": (q.unary("HardSigmoid", y_scale=1 / 256, y_zero=0, alpha=0.17, beta=0.4), {}),
    "hard swish": (q.unary("HardSwish"), {}),
    "hard swish s8": (q.unary("HardSwish", **S8), {}),
    "tanh": (q.unary("Tanh", y_scale=1 / 128), {}),
    "gelu": (q.unary("Gelu", y_scale=0.04), {}),
    "leaky relu": (q.unary("LeakyRelu", y_scale=0.05, alpha=0.1), {}),
    "elu": (q.unary("Elu", y_scale=0.05), {}),
    "erf": (q.unary("Erf", y_scale=1 / 128), {}),
    "relu": (q.unary("Relu", y_scale=0.05), {}),
    "softplus": (q.unary("Softplus", y_scale=0.03), {}),
    "silu": (q.silu(between=False), {}),
    "silu, quantized between": (q.silu(), {}),
    "affine": (q.affine(), {}),
    "softmax": (q.unary("Softmax", y_scale=1 / 256, y_zero=0, shape=(2, 30)), {"Softmax": "no integer form"}),
    "QLinearAdd": (q.contrib("QLinearAdd", second=(1, 12, 8, 6)), {}),
    "QLinearMul": (q.contrib("QLinearMul", second=(1, 12, 1, 1)), {}),
    "QLinearSigmoid": (q.contrib("QLinearSigmoid", y_scale=1 / 256), {}),
    "QLinearLeakyRelu": (q.contrib("QLinearLeakyRelu", alpha=0.2), {}),
    "QLinearSoftmax": (q.contrib("QLinearSoftmax", y_scale=1 / 256, shape=(3, 20), axis=-1, opset=13),
                       {"com.microsoft.QLinearSoftmax": "no integer form"}),
    "QLinearAveragePool": (q.contrib("QLinearAveragePool", kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[2, 2]), {}),
    "QLinearGlobalAveragePool": (q.contrib("QLinearGlobalAveragePool", channels_last=0), {}),
    "QLinearReduceMean": (q.contrib("QLinearReduceMean", axes=[2, 3], keepdims=1), {}),
    "QGemm": (q.qgemm(), {}),
    "QGemm to float": (q.qgemm(quantized=False), {}),
}


def ort(model, feeds, optimized):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    if not optimized:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(None, feeds)


def mean_over_image(graph):
    """QLinearReduceMean, which ONNX Runtime names but does not have."""
    values = [numpy_helper.to_array(t) for t in graph.inits]
    x_scale, x_zero, y_scale, y_zero = (float(v) for v in values)
    mean = ((graph.feeds["x0"] - x_zero) * x_scale).mean(axis=(2, 3), keepdims=True)
    return [np.clip(np.rint(mean / y_scale) + y_zero, 0, 255).astype(np.uint8)]


def ours(model, feeds, cpu, n_threads=1, providers=None):
    program = OCTET.compile(model.SerializeToString(), cpu=cpu, providers=providers)
    session = program.session(n_threads)
    for i, data in enumerate(feeds.values()):
        session.view("input", i)[...] = data
    session.run()
    return [session.view("output", i).copy() for i in range(len(model.graph.output))], program


class Quantized(unittest.TestCase):
    def assert_close(self, judge, expected, given):
        for a, b in zip(expected, given, strict=True):
            self.assertEqual((a.shape, a.dtype), (b.shape, b.dtype), judge)
            if a.dtype == np.float32:
                self.assertLess(np.abs(a - b).max(), 1e-4 * np.abs(a).max(), judge)
            else:
                self.assertLessEqual(np.abs(a.astype(int) - b.astype(int)).max(), 1, judge)

    def check_steps(self, program, floats, to_float):
        """Only the operators of `floats` compute in float, each with its reason; conversions only round these."""
        steps = program.steps()
        found = {s.op.decode(): s.reason.decode() for s in steps if s.reason}
        self.assertEqual(found.keys(), floats.keys())
        for op, word in floats.items():
            self.assertIn(word, found[op])
        if not floats:
            conversions = [s.op.decode() for s in steps if s.provider != b"int8" and s.op != b"Relayout"]
            self.assertEqual(conversions, ["DequantizeLinear"] if to_float else [])

    def check(self, name):
        graph, floats = CASES[name]
        model = graph.model()
        given, program = ours(model, graph.feeds, None)
        self.check_steps(program, floats, graph.outputs[0].type.tensor_type.elem_type == TensorProto.FLOAT)
        if name == "QLinearReduceMean":
            self.assert_close("NumPy", mean_over_image(graph), given)
        else:
            self.assert_close("ONNX Runtime", ort(model, graph.feeds, True), given)
        if not any(n.domain for n in model.graph.node):
            self.assert_close("ONNX Runtime without fusion", ort(model, graph.feeds, False), given)
            self.assert_close("onnx.reference", ReferenceEvaluator(model).run(None, graph.feeds), given)
            self.assert_close("float provider", ours(model, graph.feeds, None, providers="float")[0], given)
        for cpu in ("ref", "avx2", None):
            for n_threads in (1, 3):
                try:
                    again, _ = ours(model, graph.feeds, cpu, n_threads)
                except RuntimeError as error:  # a level that this machine has not
                    self.assertIn("CPU level", str(error))
                    continue
                for a, b in zip(given, again, strict=True):
                    self.assertTrue(np.array_equal(a, b), f"{cpu}, {n_threads} threads")

    def test_fused(self):
        """The addition, in either order, and the clamp are in the convolution's store."""
        for name, op in (("conv and add", "+QLinearAdd"), ("conv and add s8", "+QLinearAdd"),
                         ("conv and add, the other way round", "+QLinearAdd"), ("conv, relu", "+Relu"),
                         ("conv, clip s8", "+Clip"), ("conv, add and relu", "+QLinearAdd+Relu"),
                         ("conv, its sum added", "+Add"), ("conv, its sum added, relu", "+Add+Relu"),
                         ("conv s8, its sum added, clip", "+Add+Clip"), ("depthwise conv, its sum added", "+Add")):
            ops = [s.op.decode() for s in OCTET.compile(CASES[name][0].model().SerializeToString()).steps()]
            self.assertEqual([op for op in ops if "Relayout" not in op], ["QLinearConv" + op], name)

    def test_unsigned_inside(self):
        """int8 tensors inside a network are computed as uint8, but not where they are outputs: the same bits."""
        closed, shown = q.signed_network(), q.signed_network(True)
        for cpu in OCTET.levels():
            given, program = ours(closed.model(), closed.feeds, cpu)
            expected, with_all = ours(shown.model(), shown.feeds, cpu)
            for a, b in zip(given, expected):
                self.assertTrue(np.array_equal(a, b), cpu)
            self.assertEqual({s.dtype for s in program.steps() if s.provider == b"int8" and s.op != b"Relayout"},
                             {TensorProto.UINT8}, cpu)
            self.assertIn(TensorProto.INT8, {s.dtype for s in with_all.steps()}, cpu)
            self.assertTrue(all(len(np.unique(a)) > 5 for a in given), cpu)

    def test_providers(self):
        """Order and spelling of the list; a quantized operator that float cannot run."""
        model = CASES["QLinearAdd"][0].model()
        with self.assertRaisesRegex(RuntimeError, "QLinearAdd.*none of the providers in the list computes in integers; int8 does"):
            OCTET.compile(model.SerializeToString(), providers="float")
        with self.assertRaisesRegex(RuntimeError, "'int9' is unknown; there are: int8, float"):
            OCTET.compile(model.SerializeToString(), providers="int9")
        OCTET.compile(model.SerializeToString(), providers="TIDLExecutionProvider,CPUExecutionProvider")


def add_tests():
    for number, name in enumerate(CASES):
        def test(self, name=name):
            self.check(name)
        setattr(Quantized, f"test_{number:02}_" + "".join(c if c.isalnum() else "_" for c in name), test)


if __name__ == "__main__":
    OCTET = octet_program.Octet(sys.argv[2])
    add_tests()
    unittest.main(argv=[sys.argv[0]])
