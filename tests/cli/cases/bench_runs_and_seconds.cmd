octet bench data/colour.onnx --image data/images/red.png --runs 5 --seconds 5
