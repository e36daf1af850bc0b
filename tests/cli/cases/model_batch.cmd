octet run data/batch4.onnx data/images/red.png
