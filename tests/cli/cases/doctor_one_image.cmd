octet doctor data/bands.onnx --images data/bands.tsv --limit 1
