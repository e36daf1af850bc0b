octet bench data/colour.onnx --image data/images/blue.png --mean 127.5 --std 127.5 --runs 1 | sed -n "/not possible/,\$p" | grep -v disturbed
