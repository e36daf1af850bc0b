octet inspect roadsigns/roadsigns.onnx --cpu ref --nodes | awk '$1 ~ /^[0-9]+$/ && $2 ~ /Conv|Gemm/ { print $2, $3 }'
