octet doctor data/bands_gray.onnx --images data/bands-images --labels-idx data/bands-labels --cpu ref
