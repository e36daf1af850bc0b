octet run data/colour.onnx data/images/blue.png --cpu ref --labels data/labels_ids.txt --top 1
