octet run data/colour.onnx data/images/red.png --order gray
octet run data/gray.onnx data/images/red.png --order BGR
