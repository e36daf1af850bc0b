octet run data/colour.onnx data/images/rde.png
