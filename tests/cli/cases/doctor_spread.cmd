for i in 1 2 3 4 5; do cat data/bands.tsv; done > list.tsv
octet doctor data/bands.onnx --images list.tsv --root data --cpu ref | sed -n 2p
octet doctor data/bands.onnx --images list.tsv --root data --limit 230 | sed -n 2p
