#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes ResNet-18, ResNet-50, MobileNetV2 and SqueezeNet 1.1 as ONNX with seeded random weights (224x224, float32).

    make_models.py FOLDER [--free-size]

The topologies are torchvision's. Weights are He-scaled normal numbers from a fixed seed, so activations keep a sane range;
BatchNormalization nodes stay in the graph, as PyTorch writes them in training mode: folding them is the engine's job.
--free-size leaves height and width of the input open.
"""
import pathlib
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


FREE_SIZE = "--free-size" in sys.argv


class Net:
    """Collects nodes and weights; every method appends one layer and returns the name of its output."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)
        self.nodes, self.weights = [], []

    def name(self, kind):
        return f"{kind}_{len(self.nodes)}"

    def weight(self, name, values):
        self.weights.append(numpy_helper.from_array(np.asarray(values, np.float32), name))
        return name

    def node(self, op, inputs, **attributes):
        out = self.name(op.lower())
        self.nodes.append(helper.make_node(op, inputs, [out], name=out, **attributes))
        return out

    def conv(self, x, c, oc, k, stride=1, group=1, pad=None, bias=False):
        name = self.name("conv")
        fan_in = c // group * k * k
        w = self.random.normal(0, np.sqrt(2 / fan_in), (oc, c // group, k, k))
        inputs = [x, self.weight(name + ".weight", w)]
        if bias:
            inputs.append(self.weight(name + ".bias", self.random.normal(0, 0.1, oc)))
        pad = k // 2 if pad is None else pad
        return self.node("Conv", inputs, kernel_shape=[k, k], strides=[stride, stride], pads=[pad] * 4, group=group)

    def batch_norm(self, x, c, gain=1.0):
        name, r = self.name("bn"), self.random
        parts = {"scale": gain * r.uniform(0.8, 1.2, c), "bias": r.normal(0, 0.1, c), "mean": r.normal(0, 0.1, c),
                 "var": r.uniform(0.8, 1.2, c)}
        return self.node("BatchNormalization", [x] + [self.weight(f"{name}.{k}", v) for k, v in parts.items()])

    def relu(self, x):
        return self.node("Relu", [x])

    def relu6(self, x):
        return self.node("Clip", [x, self.weight(self.name("lo"), 0.0), self.weight(self.name("hi"), 6.0)])

    def max_pool(self, x, k, stride, pad=0, ceil=0):
        return self.node("MaxPool", [x], kernel_shape=[k, k], strides=[stride, stride], pads=[pad] * 4, ceil_mode=ceil)

    def linear(self, x, k, n):
        x = self.node("Flatten", [self.node("GlobalAveragePool", [x])])
        name = self.name("fc")
        w = self.weight(name + ".weight", self.random.normal(0, np.sqrt(1 / k), (n, k)))
        return self.node("Gemm", [x, w, self.weight(name + ".bias", np.zeros(n))], transB=1)

    def save(self, path, last):
        self.nodes[-1].output[0] = "logits"
        del last
        size = ["height", "width"] if FREE_SIZE else [224, 224]
        x = helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 3] + size)
        y = helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, 1000])
        graph = helper.make_graph(self.nodes, path.stem, [x], [y], self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], producer_name="octet-bench")
        model.ir_version = 8
        onnx.checker.check_model(model)
        onnx.save(model, path)


def resnet(path, blocks, bottleneck):
    n = Net(1)
    x = n.max_pool(n.relu(n.batch_norm(n.conv("input", 3, 64, 7, 2), 64)), 3, 2, 1)
    c = 64
    for stage, count in enumerate(blocks):
        width = 64 << stage
        out = width * 4 if bottleneck else width
        for i in range(count):
            stride = 2 if i == 0 and stage else 1
            if bottleneck:
                y = n.relu(n.batch_norm(n.conv(x, c, width, 1), width))
                y = n.relu(n.batch_norm(n.conv(y, width, width, 3, stride), width))
                y = n.batch_norm(n.conv(y, width, out, 1), out, 0.3)
            else:
                y = n.relu(n.batch_norm(n.conv(x, c, width, 3, stride), width))
                y = n.batch_norm(n.conv(y, width, width, 3), width, 0.3)
            if stride != 1 or c != out:
                x = n.batch_norm(n.conv(x, c, out, 1, stride), out)
            x, c = n.relu(n.node("Add", [y, x])), out
    n.save(path, n.linear(x, c, 1000))


def mobilenet_v2(path):
    n = Net(2)
    x, c = n.relu6(n.batch_norm(n.conv("input", 3, 32, 3, 2), 32)), 32
    for t, oc, count, first_stride in [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1),
                                       (6, 160, 3, 2), (6, 320, 1, 1)]:
        for i in range(count):
            stride, wide, y = (first_stride if i == 0 else 1), c * t, x
            if t != 1:
                y = n.relu6(n.batch_norm(n.conv(y, c, wide, 1), wide))
            y = n.relu6(n.batch_norm(n.conv(y, wide, wide, 3, stride, group=wide), wide))
            y = n.batch_norm(n.conv(y, wide, oc, 1), oc)
            x, c = (n.node("Add", [x, y]) if stride == 1 and c == oc else y), oc
    x = n.relu6(n.batch_norm(n.conv(x, c, 1280, 1), 1280))
    n.save(path, n.linear(x, 1280, 1000))


def squeezenet(path):
    n = Net(3)
    x, c = n.max_pool(n.relu(n.conv("input", 3, 64, 3, 2, pad=0, bias=True)), 3, 2, ceil=1), 64
    plan = [(16, 64), (16, 64), "pool", (32, 128), (32, 128), "pool", (48, 192), (48, 192), (64, 256), (64, 256)]
    for fire in plan:
        if fire == "pool":
            x = n.max_pool(x, 3, 2, ceil=1)
            continue
        s, e = fire
        y = n.relu(n.conv(x, c, s, 1, bias=True))
        x = n.node("Concat", [n.relu(n.conv(y, s, e, 1, bias=True)), n.relu(n.conv(y, s, e, 3, bias=True))], axis=1)
        c = 2 * e
    x = n.relu(n.conv(x, c, 1000, 1, bias=True))
    n.save(path, n.node("Flatten", [n.node("GlobalAveragePool", [x])]))


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    resnet(folder / "resnet18.onnx", [2, 2, 2, 2], False)
    resnet(folder / "resnet50.onnx", [3, 4, 6, 3], True)
    mobilenet_v2(folder / "mobilenetv2.onnx")
    squeezenet(folder / "squeezenet11.onnx")


if __name__ == "__main__":
    main()
