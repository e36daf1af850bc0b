octet run roadsigns/roadsigns.onnx roadsigns/samples/stop_01.png --labels data/labels.txt
