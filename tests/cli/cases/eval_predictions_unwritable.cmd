octet eval data/colour.onnx --images data/colours.tsv --predictions no/such/folder.txt
