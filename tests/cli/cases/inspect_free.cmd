octet inspect data/free_size.onnx --cpu ref
octet inspect data/free_size.onnx --cpu ref --dim height=8 --dim width=6
