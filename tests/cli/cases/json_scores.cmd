octet run data/colour_u8.onnx data/images/blue.png --cpu ref --top 1 --json --softmax no
