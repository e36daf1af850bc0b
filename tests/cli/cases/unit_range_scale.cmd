octet run data/colour.onnx data/images/red.png --mean 0.5 --scale 2
