octet bench data/colour.onnx --image data/images/red.png --image data/images/blue.png
