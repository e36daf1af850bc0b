octet bench data/colour.onnx --image data/broken/text.jpg
