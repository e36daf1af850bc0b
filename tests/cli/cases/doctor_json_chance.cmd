octet doctor data/bands.onnx --images data/bands_shuffled.tsv --json | sed -n "/\"found\"/,\$p"
