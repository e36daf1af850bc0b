octet doctor data/colour.onnx --images data/bands.tsv
