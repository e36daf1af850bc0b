octet run data/colour_1001.onnx data/images/red.png --cpu ref --class-offset 0 --top 2 --softmax no
