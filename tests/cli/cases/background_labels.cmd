(echo background; cat data/labels_1000.txt) > labels.txt
octet run data/colour_1001.onnx data/images/red.png --cpu ref --labels labels.txt --top 2 --softmax no
