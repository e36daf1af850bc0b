octet inspect data/colour.onnx --cpu ref --json --profile | grep -e "\"runs\"" -e "\"run_ns\""
