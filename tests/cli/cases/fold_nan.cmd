octet fold data/nan.onnx -o c.onnx; echo exit $?; ls -A | grep onnx
