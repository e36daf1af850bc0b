octet eval data/colour.onnx --images data/colours.bin --cpu ref --limit 3 --json
