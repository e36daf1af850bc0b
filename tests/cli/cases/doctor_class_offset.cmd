octet doctor data/bands.onnx --images data/bands.tsv --class-offset 1
