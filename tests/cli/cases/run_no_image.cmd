octet run data/colour.onnx
octet run
