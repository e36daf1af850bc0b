octet eval data/gray.onnx --images data/gray-images --labels-idx data/gray-labels --cpu ref --mistakes
