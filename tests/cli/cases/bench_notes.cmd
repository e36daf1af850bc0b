octet bench data/colour.onnx --image data/small.png --resize none --runs 1 > out.txt; grep -c . out.txt
