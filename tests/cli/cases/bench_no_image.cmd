octet bench data/colour.onnx
