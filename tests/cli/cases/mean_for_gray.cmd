octet run data/gray.onnx data/images/red.png --mean 1,2,3
