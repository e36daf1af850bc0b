octet run data/free_size.onnx data/images/blue.png --dim hight=8
