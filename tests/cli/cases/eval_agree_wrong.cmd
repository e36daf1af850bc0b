printf "0\nx\n" > expected.txt
octet eval data/colour.onnx --images data/colours.tsv --agree expected.txt
