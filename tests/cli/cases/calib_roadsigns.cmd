# the held-out set with the model in integers, quantized with the samples
octet eval roadsigns/roadsigns.onnx --images roadsigns/eval/eval.tsv --mean 123.675,116.28,103.53 --std 58.395,57.12,57.375 --limit 300 --calib roadsigns/samples | grep -v ^speed
