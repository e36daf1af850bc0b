octet run data/colour.onnx data/images/red.png --lables data/labels.txt
