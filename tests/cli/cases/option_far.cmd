octet run data/colour.onnx --frobnicate
