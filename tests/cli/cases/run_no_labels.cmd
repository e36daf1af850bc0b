octet run data/colour.onnx data/images/red.png --cpu ref --top 2
