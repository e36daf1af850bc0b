printf "0\n1\n2\n1\n" > expected.txt
octet eval data/colour.onnx --images data/colours.tsv --cpu ref --agree expected.txt --predictions own.txt | grep agreement
cat own.txt
octet eval data/colour.onnx --images data/colours.tsv --cpu ref --agree own.txt | grep agreement
octet eval data/colour.onnx --images data/colours.tsv --cpu ref --split eval --agree own.txt | grep agreement
