octet run data/colour.onnx data/images/red.png --cpu avx256
