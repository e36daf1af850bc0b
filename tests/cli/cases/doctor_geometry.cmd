octet doctor data/bands.onnx --images data/bands_wide.tsv --cpu ref
