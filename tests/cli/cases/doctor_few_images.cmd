octet doctor data/bands.onnx --images data/bands.tsv --limit 4 > out
code=$?
tail -n 3 out
exit $code
