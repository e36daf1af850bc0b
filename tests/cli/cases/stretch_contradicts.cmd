octet run data/colour.onnx data/images/red.png --resize 9x9 --crop none
