octet bench data/colour.onnx --image data/small.png --resize none --runs 1 | head -2
