octet fold roadsigns/roadsigns.onnx -o a.onnx --placement rgbx --mean 123.675,116.28,103.53 --std 58.395,57.12,57.375 --tolerance 1e-9; echo exit $?; ls -A | grep onnx
