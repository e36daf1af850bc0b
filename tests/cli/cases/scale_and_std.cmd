octet run data/colour.onnx data/images/red.png --scale 0.1 --std 10
