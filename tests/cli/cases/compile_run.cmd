octet compile roadsigns/roadsigns.onnx -o m.octet --mean 123.675,116.28,103.53 --std 58.395,57.12,57.375
octet run m.octet roadsigns/samples/stop_01.png --labels roadsigns/labels.txt --top 2
octet run roadsigns/roadsigns.onnx roadsigns/samples --mean 123.675,116.28,103.53 --std 58.395,57.12,57.375 > onnx
octet run m.octet roadsigns/samples > octet
cmp onnx octet && echo the same
octet inspect m.octet
