octet inspect data/whole_numbers.onnx --json | sed -n "/parameters/,\$p"
