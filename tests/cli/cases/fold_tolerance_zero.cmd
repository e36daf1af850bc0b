octet fold data/colour.onnx -o c.onnx --tolerance 0
