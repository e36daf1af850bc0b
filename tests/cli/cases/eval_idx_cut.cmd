head -c 100 data/gray-images > cut
octet eval data/gray.onnx --images cut --labels-idx data/gray-labels
