octet inspect data/colour_qdq.onnx --cpu ref
