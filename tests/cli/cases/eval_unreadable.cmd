printf "images/red.png\t0\nbroken/cut.png\t1\nbroken/cut.png\t2\nimages/blue.png\t2\n" > list.tsv
octet eval data/colour.onnx --images list.tsv --root data --cpu ref --predictions out.txt
status=$?
cat out.txt
exit $status
