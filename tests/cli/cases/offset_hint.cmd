printf "green\nblue\n" > two.txt
octet run data/colour.onnx data/images/red.png --labels two.txt
octet run data/colour.onnx data/images/blue.png --labels two.txt --class-offset 1 --cpu ref
