octet eval data/colour.onnx --images data/stripes.tsv --split eval
