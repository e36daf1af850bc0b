for line in "red.png" "red.png\tred" "\t1" "red.png\t-1" "red.png 1"; do
    printf "# list\n$line\n" > list.tsv
    octet eval data/colour.onnx --images list.tsv
done
