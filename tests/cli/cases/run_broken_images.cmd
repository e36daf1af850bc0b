octet run data/colour.onnx data/broken data/images/red.png data/labels.txt --cpu ref --top 1
