octet run data/colour.onnx data/images/red.png --cpu ref --softmax no --mean 100,10,20 --scale 0.5
octet run data/colour.onnx data/images/red.png --cpu ref --softmax no --mean 100,10,20 --std 2
