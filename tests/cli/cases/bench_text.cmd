octet bench roadsigns/roadsigns.onnx --image roadsigns/samples/stop_01.png --mean 123.675,116.28,103.53 --std 58.395,57.12,57.375 --runs 2 --cpu ref | grep -v disturbed
