octet doctor --images data/bands.tsv
