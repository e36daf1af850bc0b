octet inspect data/colour_qdq.onnx --providers int8,flaot
