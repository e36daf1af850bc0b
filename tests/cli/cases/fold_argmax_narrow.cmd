octet fold data/colour_1001.onnx -o c.onnx --argmax --argmax-type uint8
