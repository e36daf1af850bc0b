octet doctor data/bands_bgr.onnx --images data/bands.tsv --order BGR --mean 127.5 --std 127.5 | sed -n "/^top-1/,\$p"
