: > empty.tsv
octet doctor data/bands.onnx --images empty.tsv
