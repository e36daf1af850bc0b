octet run data/colour.onnx data/alpha.png data/alpha2.png data/deep.png --cpu ref --top 1
