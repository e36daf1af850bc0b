octet run data/colour.onnx data/images/red.png --top 1 --placement fold
