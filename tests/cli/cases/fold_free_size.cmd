octet fold data/free_size.onnx -o c.onnx
