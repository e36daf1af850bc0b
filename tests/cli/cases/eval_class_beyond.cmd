printf "images/red.png\t3\n" > list.tsv
octet eval data/colour.onnx --images list.tsv --root data
