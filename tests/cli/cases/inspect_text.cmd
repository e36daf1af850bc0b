octet inspect roadsigns/roadsigns.onnx --cpu ref
