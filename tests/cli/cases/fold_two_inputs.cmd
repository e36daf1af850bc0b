octet fold data/two_inputs.onnx -o c.onnx
