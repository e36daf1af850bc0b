# too few images, and all of them of one colour; still an answer
octet run roadsigns/roadsigns.onnx roadsigns/samples/stop_01.png --labels roadsigns/labels.txt --top 1 --mean 123.675,116.28,103.53 --std 58.395,57.12,57.375 --calib data/images > few.txt
octet run roadsigns/roadsigns.onnx roadsigns/samples --labels roadsigns/labels.txt --top 1 --mean 123.675,116.28,103.53 --std 58.395,57.12,57.375 --calib roadsigns/samples | grep -A1 -e stop -e yield
