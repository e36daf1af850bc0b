# the same bytes twice, the ranges in them, and the answers of the model quantized in memory
M="--mean 123.675,116.28,103.53 --std 58.395,57.12,57.375"
octet compile roadsigns/roadsigns.onnx -o a.octet $M --calib roadsigns/samples
octet compile roadsigns/roadsigns.onnx -o b.octet $M --calib roadsigns/samples/samples.tsv --json | grep -e '"used"'
cmp a.octet b.octet && echo same bytes
octet inspect a.octet | sed -n '/octet.ranges/,/^[a-z]/p' | head -4
octet eval a.octet --images roadsigns/eval/eval.tsv --limit 200 --predictions a.txt | grep top-1
octet eval roadsigns/roadsigns.onnx $M --calib roadsigns/samples --images roadsigns/eval/eval.tsv --limit 200 --agree a.txt | grep agreement
octet compile data/tokens.onnx -o c.octet --calib roadsigns/samples
