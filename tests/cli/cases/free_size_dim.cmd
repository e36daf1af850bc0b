octet run data/free_size.onnx data/images/blue.png --dim height=8 --dim width=8 --cpu ref --top 1
