octet fold roadsigns/roadsigns.onnx -o signs.onnx --placement rgbx --pixels RGBX --mean 123.675,116.28,103.53 --std 58.395,57.12,57.375
octet inspect signs.onnx | grep input
