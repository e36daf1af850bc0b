octet doctor data/bands.onnx --images data/bands.tsv --cpu ref --order RGB --std 127.5 --resize none --interp area
