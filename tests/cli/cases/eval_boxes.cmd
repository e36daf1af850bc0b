octet eval data/colour.onnx --images data/stripes.tsv --cpu ref
