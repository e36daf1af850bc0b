octet run data/colour.onnx data/images/red.png --cpu ref --mean 127.5 --scale 58.5 --top 1
