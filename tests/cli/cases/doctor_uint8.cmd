octet doctor data/bands_u8_bgr.onnx --images data/bands.tsv --cpu ref
