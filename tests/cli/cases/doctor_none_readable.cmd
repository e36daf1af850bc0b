printf "missing.png\t3\nmissing2.png\t4\n" > list.tsv
octet doctor data/bands.onnx --images list.tsv
