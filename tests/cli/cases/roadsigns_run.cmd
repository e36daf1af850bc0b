octet run roadsigns/roadsigns.onnx roadsigns/samples --labels roadsigns/labels.txt --mean 123.675,116.28,103.53 --std 58.395,57.12,57.375 --top 1 | paste - - | sed 's/ [0-9. ]*%//'
