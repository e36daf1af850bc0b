octet eval data/colour.onnx --images /dev/null
