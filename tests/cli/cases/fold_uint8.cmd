octet fold data/colour_u8.onnx -o c.onnx && cmp c.onnx data/colour_u8.onnx
