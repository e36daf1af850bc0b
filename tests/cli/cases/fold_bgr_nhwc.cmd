octet fold roadsigns/roadsigns.onnx -o signs.onnx --pixels BGR --mean 123.675,116.28,103.53 --std 58.395,57.12,57.375 > /dev/null
octet run signs.onnx roadsigns/samples/stop_01.png --top 1 > folded
octet run roadsigns/roadsigns.onnx roadsigns/samples/stop_01.png --top 1 --mean 123.675,116.28,103.53 --std 58.395,57.12,57.375 | cmp - folded && cat folded
