octet run data/colour.onnx data/images/red.png --crop 7x8
