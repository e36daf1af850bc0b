try() { octet "$@"; echo "exit $?" >&2; }
octet compile data/colour.onnx -o m.octet > /dev/null
try compile m.octet -o n.octet
try fold m.octet -o n.onnx
try bench m.octet --image data/bands.png
try doctor m.octet --images data/colours.tsv
try run m.octet data/bands.png --dim N=1
try run m.octet data/bands.png --placement host
try inspect m.octet --placement host
