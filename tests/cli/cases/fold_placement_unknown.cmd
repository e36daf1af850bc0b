octet fold data/colour.onnx -o c.onnx --placement rgb
