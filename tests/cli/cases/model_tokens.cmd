octet run data/tokens.onnx data/images/red.png
