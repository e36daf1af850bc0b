run() {
    octet run "$@" --json data/images/red.png --cpu ref | sed -n '/recipe"/,/}/p' | tr -d '\n\t'; echo
    octet run "$@" data/images/red.png --cpu ref --softmax no --labels data/labels.txt
}
run data/recipe.onnx
run data/recipe.onnx --mean 0 --scale 1 --order RGB
run data/recipe.onnx --config data/config/import_raw.cfg
run data/recipe_inside.onnx
run data/recipe_inside.onnx --config data/config/mobilevit.json --crop none --resize 8x8 --order RGB
printf "inDataFormat = 1" > rgb.cfg
run data/recipe_inside.onnx --config rgb.cfg
octet eval data/recipe.onnx --images data/colours.bin --json --cpu ref | sed -n '/recipe"/,/}/p' | tr -d '\n\t'
