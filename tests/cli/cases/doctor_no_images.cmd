octet doctor data/bands.onnx
