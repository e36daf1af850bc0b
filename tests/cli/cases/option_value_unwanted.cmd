octet run data/colour.onnx data/images/red.png --json=yes
