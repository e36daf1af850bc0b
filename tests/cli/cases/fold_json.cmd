octet fold data/colour.onnx -o c.onnx --mean 10 --argmax --argmax-type uint8 --json
