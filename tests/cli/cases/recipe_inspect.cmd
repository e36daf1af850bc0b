for name in recipe recipe_unit recipe_broken; do
    octet inspect data/$name.onnx --cpu ref | grep -e metadata -e recipe -e meant
    octet inspect data/$name.onnx --cpu ref --json | sed -n '/^\t"recipe"/,/^\t}/p'
done | sed '/"inputs"/,$d'
