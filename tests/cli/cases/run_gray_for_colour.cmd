octet run data/colour.onnx data/bright.pgm --cpu ref
