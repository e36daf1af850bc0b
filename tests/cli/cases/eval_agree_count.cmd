printf "0\n1\n" > expected.txt
octet eval data/colour.onnx --images data/colours.tsv --split eval --agree expected.txt
