octet eval data/colour.onnx --images data/colours.bin --split eval
