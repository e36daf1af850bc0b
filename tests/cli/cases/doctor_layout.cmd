octet doctor data/bands_both.onnx --images data/bands.tsv | sed -n "/^top-1/,\$p"
echo "--layout NHWC:"
octet doctor data/bands_both.onnx --images data/bands.tsv --layout NHWC | grep -e "^mean" -e "^flags"
