octet run data/colour.onnx data/small.png --resize none --cpu ref --top 1
