while IFS= read -r text; do
    printf '%b' "$text" > config.json
    octet run data/colour.onnx data/images/red.png --cpu ref --config config.json > /dev/null
    echo "$?"
done << 'LIST'
{
{"image_mean": NaN}
{}\n{}
{"architectures": ["ViT"]}
{"do_normalize": true, "do_normalize": false}
{"do_normalize": 1}
{"do_normalize": true, "size": 8}
{"image_mean": [0.5], "size": 8}
{"image_mean": [], "image_std": [], "size": 8}
{"image_mean": [1, "2"], "image_std": [1], "size": 8}
{"image_mean": [1, 2, 3, 4, 5], "image_std": [1], "size": 8}
{"image_mean": [1e999], "image_std": [1], "size": 8}
{"image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0, 0.5], "size": 8}
{"image_mean": [0.5], "image_std": [0.5], "size": 8}
{"image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5], "size": 8, "do_rescale": false}
{"do_normalize": false}
{"do_normalize": false, "size": 0}
{"do_normalize": false, "size": 1.5}
{"do_normalize": false, "size": {"height": 8}}
{"do_normalize": false, "size": {"shortest_edge": 8, "longest_edge": 9}}
{"do_normalize": false, "size": 8, "resample": 5}
{"do_normalize": false, "size": 8, "resample": 6}
{"do_normalize": false, "size": 8, "rescale_factor": 0}
{"do_normalize": false, "size": 8, "do_pad": true}
{"do_normalize": false, "size": 8, "crop_pct": 0}
{"do_normalize": false, "size": 9}
{"do_normalize": false, "size": 8, "crop_size": 7, "do_center_crop": true}
{"pretrained_cfg": {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}}
{"pretrained_cfg": {"input_size": [1, 8, 8], "mean": [0.5], "std": [0.5]}}
{"pretrained_cfg": {"input_size": [3, 8, 8], "mean": [0.5, 0.5, 0.5]}}
{"pretrained_cfg": {"input_size": [3, 8, 8], "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5], "crop_mode": "border"}}
{"pretrained_cfg": {"input_size": [3, 8, 8], "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5], "interpolation": "random"}}
{"pretrained_cfg": {"input_size": [3, 8, 9], "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}}
{"pretrained_cfg": {"input_size": [3, 8, 8], "input_size": [3, 9, 9]}}
{"do_normalize": false, "size": 8, "do_resise": false}
{"pretrained_cfg": {"input_size": [3, 8, 8], "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5], "crop_pc": 1}}
LIST
awk 'BEGIN { for (i = 0; i < 5000; i++) printf "{\"a\":" }' > deep.json
octet run data/colour.onnx data/images/red.png --config deep.json
