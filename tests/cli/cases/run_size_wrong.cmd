octet run data/colour.onnx data/small.png data/images/red.png --resize none --crop none --cpu ref --top 1
