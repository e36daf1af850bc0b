octet doctor data/bands_background.onnx --images data/bands.tsv | sed -n "/^top-1/,\$p"
octet doctor data/bands_background.onnx --images data/bands.tsv --class-offset 0 | tail -n 1
