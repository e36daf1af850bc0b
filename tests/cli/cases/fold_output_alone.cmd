octet fold data/colour.onnx -o c.onnx --output scores
