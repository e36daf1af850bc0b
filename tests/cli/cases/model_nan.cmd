octet run data/nan.onnx data/images/red.png
