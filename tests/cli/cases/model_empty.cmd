: > empty.onnx
octet inspect empty.onnx
