octet fold data/colour_softmax.onnx -o c.onnx --softmax
