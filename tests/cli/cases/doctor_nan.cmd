octet doctor data/nan.onnx --images data/stripes.tsv > out
code=$?
tail -n 3 out
exit $code
