octet fold data/five_channels.onnx -o c.onnx --layout NCHW
