octet run data/unknown_ops.onnx data/images/red.png
