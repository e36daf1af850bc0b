echo hello > t.onnx; octet fold t.onnx -o c.onnx
