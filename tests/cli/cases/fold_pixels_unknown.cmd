octet fold data/colour.onnx -o c.onnx --pixels GBR
