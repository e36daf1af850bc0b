octet compile data/colour.onnx -o m.octet --mean 127.5 --std 127.5
octet eval data/colour.onnx --images data/colours.tsv --mean 127.5 --std 127.5 --predictions onnx > /dev/null
octet eval m.octet --images data/colours.tsv --predictions octet > /dev/null
cmp onnx octet && echo the same
octet eval m.octet --images data/colours.tsv --mean 0 --std 1 --predictions other > /dev/null
octet eval data/colour.onnx --images data/colours.tsv --predictions onnx > /dev/null
cmp onnx other && echo the same with other flags
octet eval m.octet --images data/colours.tsv --mistakes | grep -v second
