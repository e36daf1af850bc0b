octet inspect data/colour_qdq.onnx --cpu ref --providers CPUExecutionProvider --nodes | grep -e integers -e Mul
