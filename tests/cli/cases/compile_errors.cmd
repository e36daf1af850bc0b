try() { octet "$@"; echo "exit $?" >&2; }
try compile
try compile data/colour.onnx
try compile no_such.onnx -o m.octet
try compile data/colour.onnx -o no/such/folder/m.octet
try compile data/colour.onnx -o m.octet --cpu portble
try compile data/colour.onnx -o m.octet --threads 2
try compile data/colour.onnx -o m.octet --matrix bt709
try compile data/colour.onnx -o m.octet --pixels NV13
try compile data/colour.onnx -o m.octet --pixels BGR --placement host
try compile data/colour.onnx -o m.octet --ignore-orientation
try compile data/unknown_ops.onnx -o m.octet
try compile data/tokens.onnx -o m.octet --mean 1
ls
