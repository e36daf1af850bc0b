octet fold data/colour.onnx -o c.onnx --unfold --mean 3
