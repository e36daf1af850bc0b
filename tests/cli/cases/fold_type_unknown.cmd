octet fold data/colour.onnx -o c.onnx --argmax --argmax-type uint64
