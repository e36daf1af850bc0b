octet run data/colour.onnx data/images/red.png --order bgr --cpu ref --labels data/labels.txt --top 1
octet run data/colour_u8.onnx data/images/red.png --order BGR --cpu ref --labels data/labels.txt --top 1
