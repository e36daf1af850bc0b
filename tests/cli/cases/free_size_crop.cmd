octet run data/free_size.onnx data/images/blue.png --crop 8x6 --cpu ref --top 1
