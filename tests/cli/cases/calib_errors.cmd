e() { octet "$@"; echo "exit $?"; }
e eval data/colour.onnx --images data/colours.tsv --calib data/missing.tsv
e eval data/colour.onnx --images data/colours.tsv --calib-root data
e run data/colour.onnx data/bands.png --calib-root data
e run data/colour.onnx data/bands.png --calib data/config
e run data/colour.onnx data/bands.png --calib data/images --calib-root data
e run data/features.onnx data/bands.png --calib data/bands.png
e run data/colour.onnx data/bands.png --calib data/broken
printf 'bands.png\t0\teval\nbands.png\t0\ttest\n' > split.tsv
e run data/colour.onnx data/bands.png --calib split.tsv --calib-root data
