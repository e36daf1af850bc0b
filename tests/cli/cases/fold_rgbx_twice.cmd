octet fold roadsigns/roadsigns.onnx -o a.onnx --placement rgbx --mean 100 > /dev/null && octet fold a.onnx -o b.onnx > /dev/null && cmp a.onnx b.onnx
