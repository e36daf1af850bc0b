octet run data/colour.onnx -
