octet eval data/colour.onnx --images data/colours.tsv --split evla
