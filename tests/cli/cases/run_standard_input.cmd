printf "data/images/red.png\r\n\ndata/images/blue.png" | octet run data/colour.onnx - --cpu ref --top 1
