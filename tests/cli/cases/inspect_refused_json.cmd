octet inspect data/unknown_ops.onnx --json
