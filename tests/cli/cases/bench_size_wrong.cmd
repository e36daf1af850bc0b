octet bench data/colour.onnx --image data/images/blue.png --resize none --crop none --runs 2
