cp data/images/red.png ./--red.png
octet run --cpu ref data/colour.onnx -- --red.png
