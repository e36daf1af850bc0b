octet run data/colour_u8.onnx data/images/red.png --mean 127.5
