# SPDX-License-Identifier: Apache-2.0
"""The network: a small residual CNN for 96x96 RGB road signs, and its export to ONNX.

    input   [N,3,96,96]   x = (pixel - MEAN) / STD, pixels 0..255, RGB
    stem    [N,24,48,48]  3x3/2
    stage 1 [N,24,48,48]  one block, identity shortcut
    stage 2 [N,48,24,24]  one block, 1x1/2 shortcut
    stage 3 [N,96,12,12]  two blocks, 1x1/2 shortcut then identity
    logits  [N,16]        global average pool, fully connected
"""
import torch
from torch import nn

SIZE = 96
MEAN = (123.675, 116.28, 103.53)
STD = (58.395, 57.12, 57.375)


def conv_bn(c_in, c_out, kernel, stride):
    return nn.Sequential(nn.Conv2d(c_in, c_out, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(c_out))


class Block(nn.Module):
    """y = relu(bn(conv(relu(bn(conv(x))))) + shortcut(x))"""

    def __init__(self, c_in, c_out, stride):
        super().__init__()
        self.first = conv_bn(c_in, c_out, 3, stride)
        self.second = conv_bn(c_out, c_out, 3, 1)
        self.shortcut = None if c_in == c_out and stride == 1 else conv_bn(c_in, c_out, 1, stride)
        self.relu = nn.ReLU()

    def forward(self, x):
        y = self.second(self.relu(self.first(x)))
        return self.relu(y + (x if self.shortcut is None else self.shortcut(x)))


class RoadSigns(nn.Module):
    def __init__(self, n_classes=16):
        super().__init__()
        self.stem = conv_bn(3, 24, 3, 2)
        self.relu = nn.ReLU()
        self.stages = nn.Sequential(Block(24, 24, 1), Block(24, 48, 2), Block(48, 96, 2), Block(96, 96, 1))
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(96, n_classes)

    def forward(self, x):
        x = self.stages(self.relu(self.stem(x)))
        return self.fc(torch.flatten(self.pool(x), 1))


def normalize(pixels):
    """uint8 [N,H,W,3] -> float32 [N,3,H,W]"""
    x = (pixels.float() - torch.tensor(MEAN)) / torch.tensor(STD)
    return x.permute(0, 3, 1, 2)


def count_parameters(model):
    """Learned numbers; running statistics of BatchNorm are not counted."""
    return sum(p.numel() for p in model.parameters())


def count_macs(model):
    """Multiply-accumulates of convolutions and the last layer for one image."""
    total = 0

    def add(module, _, output):
        nonlocal total
        per_output = module.weight[0].numel()
        total += per_output * output[0].numel()

    hooks = [m.register_forward_hook(add) for m in model.modules() if isinstance(m, (nn.Conv2d, nn.Linear))]
    with torch.no_grad():
        model(torch.zeros(1, 3, SIZE, SIZE))
    for hook in hooks:
        hook.remove()
    return total


def separate_shifts(model):
    """Gives the two BatchNorms in front of an Add different shifts with the same sum: the same function.

    Both get the same gradient, so training leaves them equal, and the exporter would merge equal tensors through an
    Identity node.
    """
    with torch.no_grad():
        for block in model.stages:
            if block.shortcut is not None:
                half = block.shortcut[1].bias / 2
                block.second[1].bias += half
                block.shortcut[1].bias -= half


def export(model, path):
    """Writes ONNX with the BatchNormalization nodes left as they are (PRESERVE: no fusing on export)."""
    model.eval()
    torch.onnx.export(
        model, torch.zeros(1, 3, SIZE, SIZE), path, opset_version=13,
        training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False,
        input_names=["input"], output_names=["logits"],
        dynamic_axes={"input": {0: "N"}, "logits": {0: "N"}})
