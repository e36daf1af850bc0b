octet run data/colour.onnx data/images/red.png --labels
