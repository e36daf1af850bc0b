octet doctor data/bands.onnx --images data/bands_same.tsv
