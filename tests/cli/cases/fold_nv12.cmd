octet fold roadsigns/roadsigns.onnx -o a.onnx --pixels NV12,bt709 --mean 123.675,116.28,103.53 --std 58.395,57.12,57.375 && octet inspect a.onnx | grep input
