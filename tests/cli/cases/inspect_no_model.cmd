octet inspect
octet inspect --cpu-levels data/colour.onnx
