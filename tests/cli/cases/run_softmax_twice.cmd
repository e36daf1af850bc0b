octet run data/colour_softmax.onnx data/images/red.png --cpu ref --softmax yes
