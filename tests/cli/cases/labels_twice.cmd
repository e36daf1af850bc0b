printf "0,red\n1,green\n1,blue\n" > twice.txt
octet run data/colour.onnx data/images/blue.png --labels twice.txt
