octet run data/images/red.png data/colour.onnx
