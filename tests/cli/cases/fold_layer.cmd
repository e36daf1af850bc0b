octet fold roadsigns/roadsigns.onnx -o signs.onnx --mean 123.675,116.28,103.53 --std 58.395,57.12,57.375 --images roadsigns/samples/stop_01.png
octet run signs.onnx roadsigns/samples/stop_01.png --labels roadsigns/labels.txt --top 1
octet fold signs.onnx -o back.onnx --unfold
cmp back.onnx roadsigns/roadsigns.onnx && ls
