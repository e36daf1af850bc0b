octet run data/colour.onnx data/images --cpu ref --top 1
