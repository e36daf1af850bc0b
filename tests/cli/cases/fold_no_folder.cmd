octet fold data/colour.onnx -o none/c.onnx
