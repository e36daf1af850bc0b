octet fold data/unknown_ops.onnx -o c.onnx
