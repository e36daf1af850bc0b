octet run data/colour.onnx data/images/red.png --cpu ref --std 0.0078125 --top 1
