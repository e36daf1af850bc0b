# what it prints goes into octet eval
flags=$(octet doctor data/bands_bgr.onnx --images data/bands.tsv | sed -n "s/^flags *//p")
octet eval data/bands_bgr.onnx --images data/bands.tsv $flags | grep ^top-1
