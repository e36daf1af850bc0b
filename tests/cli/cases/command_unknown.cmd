octet rum data/colour.onnx data/images/red.png
