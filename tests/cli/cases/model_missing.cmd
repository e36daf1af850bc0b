octet run data/nothing.onnx data/images/red.png
