octet run data/colour.onnx data/images/red.png data/images/green.ppm --cpu ref --labels data/labels.txt
