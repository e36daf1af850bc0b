printf "stripes.png\t0\teval\tbox=20,0,8\n" > list.tsv
octet eval data/colour.onnx --images list.tsv --root data
