octet inspect data/colour.onnx --cpu ref --json --nodes | sed -n "/steps/,\$p" | grep -A 7 -e "\"scale\""
