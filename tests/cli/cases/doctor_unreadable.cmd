{ printf "missing.png\t3\n"; sed "s,^,data/," data/bands.tsv; } > list.tsv
octet doctor data/bands.onnx --images list.tsv | grep -e "^images" -e "^flags"
octet doctor data/bands.onnx --images list.tsv > /dev/null 2>&1
