octet fold data/colour.onnx -o c.onnx --axes NCHH
