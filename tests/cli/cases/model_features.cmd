octet run data/features.onnx data/images/red.png
