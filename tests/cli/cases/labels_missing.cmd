octet run data/colour.onnx data/images/blue.png --labels data/nolabels.txt
