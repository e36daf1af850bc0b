octet fold data/colour.onnx -o c.onnx --softmax --argmax
