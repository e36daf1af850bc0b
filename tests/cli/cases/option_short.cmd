octet run data/colour.onnx data/images/red.png -k 3
