octet inspect data/two_inputs.onnx --profile --runs 3 --threads 2 | grep -e time -e step -e scale
