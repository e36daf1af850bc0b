octet run data/gray.onnx data/bright.pgm data/images/blue.png --cpu ref
