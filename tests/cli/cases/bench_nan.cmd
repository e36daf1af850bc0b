octet bench data/nan.onnx --image data/images/red.png --runs 2
