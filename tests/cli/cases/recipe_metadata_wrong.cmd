for name in broken key unit channels nv12; do
    octet run data/recipe_$name.onnx data/images/red.png --cpu ref --top 1
    echo "$?"
done
octet run data/recipe_unit.onnx data/images/red.png --cpu ref --top 1 --mean 123.675,116.28,103.53
octet run data/recipe_inside.onnx data/images/red.png --cpu ref --top 1 --mean 1
