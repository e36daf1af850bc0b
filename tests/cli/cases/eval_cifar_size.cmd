octet eval roadsigns/roadsigns.onnx --images data/colours.bin
