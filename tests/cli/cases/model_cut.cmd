head -c 100 data/colour.onnx > cut.onnx
octet run cut.onnx data/images/red.png
