octet eval data/colour.onnx --images data/colours.tsv --split eval --cpu ref --mistakes --labels data/labels.txt
