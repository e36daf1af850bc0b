octet run data/colour.onnx - - < data/labels.txt
