mkdir nothing && touch nothing/readme.txt
octet run data/colour.onnx nothing
