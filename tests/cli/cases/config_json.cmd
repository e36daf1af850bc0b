show() { octet run data/free_size.onnx data/images/red.png --cpu ref --json "$@" | sed -n "/recipe/,/}/p" | tr -d "\n\t"; echo; }
for name in vit convnext deit mobilevit efficientnet timm; do
    echo $name
    show --config data/config/$name.json
done
echo large
sed 's/: 224/: 384/' data/config/convnext.json > large.json
show --config large.json
echo levit
echo '{"image_processor_type": "LevitImageProcessor", "size": {"shortest_edge": 224}, "crop_size": 224, "image_mean": 0.5, "image_std": 0.5}' > levit.json
show --config levit.json
echo nested and squash
echo '{"image_processor": {"do_resize": false, "do_normalize": false, "do_rescale": false}}' > nested.json
show --config nested.json --crop 8
echo '{"input_size": [3, 8, 12], "crop_mode": "squash", "crop_pct": 1.0, "mean": [0, 0, 0], "std": [1, 1, 1]}' > squash.json
show --config squash.json
