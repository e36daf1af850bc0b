octet fold data/gray.onnx -o c.onnx --order BGR
