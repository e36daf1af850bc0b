octet eval data/colour.onnx
octet eval --images data/colours.tsv
