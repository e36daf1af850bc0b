octet run data/colour_softmax.onnx data/images/blue.png --cpu ref --top 1 --json | tail -12
