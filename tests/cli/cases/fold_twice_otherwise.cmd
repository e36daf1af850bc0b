octet fold roadsigns/roadsigns.onnx -o a.onnx --mean 123.675,116.28,103.53 --std 58.395,57.12,57.375 > /dev/null
octet fold a.onnx -o b.onnx --mean 127.5
