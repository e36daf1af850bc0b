octet run data/colour.onnx data/images/blue.png --labels data/colour.onnx
