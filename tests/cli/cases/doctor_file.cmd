octet doctor data/bands_bgr.onnx --images data/bands.tsv --cpu ref | sed -n "/^top-1/,\$p"
