octet bench data/colour.onnx data/images/red.png
