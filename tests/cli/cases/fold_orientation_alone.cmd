octet fold data/colour.onnx -o c.onnx --ignore-orientation
