octet fold none.onnx -o c.onnx
