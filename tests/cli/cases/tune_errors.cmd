try() { octet "$@"; echo "exit $?" >&2; }
try tune
try tune data/colour_qdq.onnx
try tune data/colour_qdq.onnx -o table --ms 0
try tune data/colour_qdq.onnx -o table --cpu avx1
try tune no_such.onnx -o table
try tune data/colour_qdq.onnx -o no/such/table --ms 1 > /dev/null
echo junk > junk
try tune data/colour_qdq.onnx -o junk --ms 1
cat junk
try inspect data/colour_qdq.onnx --tuning no_such > /dev/null
printf 'octet tuning 1\nSome CPU\tavx9\tx\t1-all\n' > level
try inspect data/colour_qdq.onnx --tuning level > /dev/null
try compile data/colour_qdq.onnx -o m.octet --tuning level
octet compile data/colour_qdq.onnx -o m.octet > /dev/null
try inspect m.octet --tuning level
try tune m.octet -o table
