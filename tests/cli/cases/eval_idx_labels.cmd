octet eval data/gray.onnx --images data/gray-images
octet eval data/gray.onnx --images data/gray-images --labels-idx data/labels.txt
octet eval data/gray.onnx --images data/colours.tsv --labels-idx data/gray-labels
