cp data/images/red.png "$(printf "a\"b\\\\\377.png")"
octet run data/colour.onnx ./*.png --cpu ref --labels data/labels_odd.txt --json | grep -e image -e label
