octet inspect data/two_inputs.onnx --cpu ref
