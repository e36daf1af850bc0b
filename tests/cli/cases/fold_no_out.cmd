octet fold data/colour.onnx --mean 10
