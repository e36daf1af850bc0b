octet bench data/colour.onnx --image data/images/red.png --seconds 1.5
