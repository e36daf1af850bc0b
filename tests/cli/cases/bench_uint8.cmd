octet bench data/colour_u8.onnx --image data/images/red.png
