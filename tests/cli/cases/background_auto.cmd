octet run data/colour_1001.onnx data/images/red.png data/images/blue.png --cpu ref --labels data/labels_1000.txt --top 2 --softmax no
