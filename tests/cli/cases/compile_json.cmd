octet compile data/colour.onnx -o m.octet --json
octet inspect m.octet --json
