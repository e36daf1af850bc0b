octet inspect data/whole_numbers.onnx
