: > empty.txt
octet run data/colour.onnx data/images/blue.png --labels empty.txt
