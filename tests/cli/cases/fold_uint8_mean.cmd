octet fold data/colour_u8.onnx -o c.onnx --mean 10
