octet doctor data/bands.onnx --images data/bands_shuffled.tsv > out
code=$?
tail -n 3 out
exit $code
