octet inspect data/colour_qdq.onnx --cpu ref --json | sed -n "/\"integers\"/,\$p"
