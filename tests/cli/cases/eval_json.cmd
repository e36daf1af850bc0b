octet eval data/colour.onnx --images data/colours.tsv --cpu ref --json --mistakes
