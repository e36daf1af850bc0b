octet run data/free_size.onnx data/images/red.png
