octet fold data/gray.onnx -o c.onnx --pixels RGB
