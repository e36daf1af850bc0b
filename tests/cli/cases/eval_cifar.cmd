octet eval data/colour.onnx --images data/colours.bin --cpu ref --mistakes
