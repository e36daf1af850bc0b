octet inspect data/colour.onnx --runs 3
