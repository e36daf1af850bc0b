octet run data/colour.onnx roadsigns/samples/keep_right_02.jpg --cpu ref --top 1 > /dev/null
octet run data/colour.onnx roadsigns/samples/keep_right_02.jpg --cpu ref --top 1 --ignore-orientation > /dev/null
