octet run data/colour.onnx data/images/red.png --cpu ref --softmax no --labels data/labels.txt
