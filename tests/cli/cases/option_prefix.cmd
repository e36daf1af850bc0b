octet run data/colour.onnx data/images/red.png --thread 2
