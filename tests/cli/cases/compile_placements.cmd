for placement in host layer fold; do
    octet compile data/colour.onnx -o $placement.octet --placement $placement --mean 127.5 --std 127.5
    octet run $placement.octet data/bands.png --top 1
done
octet compile data/features.onnx -o features.octet --placement fold
octet compile data/tokens.onnx -o tokens.octet
octet inspect tokens.octet | head -9
octet run tokens.octet data/bands.png
