octet inspect data/colour.onnx --cpu ref --json
