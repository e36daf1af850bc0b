octet fold data/colour.onnx -o c.onnx --argmax-type uint8
