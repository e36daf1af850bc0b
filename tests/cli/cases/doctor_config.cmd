printf "inDataNorm = 1\ninMean = 0 0 0\ninScale = 0.003921569 0.003921569 0.003921569\n" > import.txt
octet doctor data/bands.onnx --images data/bands.tsv --config import.txt | sed -n "/^file/,\$p"
