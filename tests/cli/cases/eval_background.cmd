printf "images/red.png\t0\nimages/blue.png\t1\n" > list.tsv
octet eval data/colour_1001.onnx --images list.tsv --root data --cpu ref --predictions out.txt
cat out.txt
