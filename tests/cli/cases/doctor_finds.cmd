octet doctor data/bands.onnx --images data/bands.tsv --cpu ref
