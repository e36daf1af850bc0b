octet bench data/colour.onnx --image data/images/purple.png
