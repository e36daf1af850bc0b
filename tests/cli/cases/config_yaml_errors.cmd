while IFS= read -r text; do
    printf '%b' "$text" > param.yaml
    octet run data/colour.onnx data/images/red.png --cpu ref --config param.yaml > /dev/null
    echo "$?"
done << 'LIST'
session: [
session: {input_mean: [1, 2}
--- 
task_type: classification
session: 3
session:\n  input_mean: 1\n  input_mean: 2
session: {}\nsession: {}
session: {input_mean: [1, .nan, 3]}
session: {input_mean: [1, .inf, 3]}
session: {input_mean: [1, 1e999, 3]}
session: {input_mean: []}
session: {input_mean: [1, 2, 3, 4, 5]}
session: {input_mean: {a: 1}}
session: {input_mean: [1, 2]}
session: {input_data_layout: CHW}
session: {input_data_layout: NHWC}
session: {input_data_layout: NCHW}\npreprocess: {data_layout: NHWC}
session: {input_optimization: perhaps}
preprocess: {reverse_channels: 2}
preprocess: {resize_with_pad: true}
preprocess: {backend: magick}
preprocess: {backend: cv2, interpolation: INTER_CUBIC}
preprocess: {backend: pil, interpolation: 5}
preprocess: {resize: 0}
preprocess: {resize: [1, 2, 3]}
preprocess: {resize: [8, 1.5]}
preprocess: {crop: 7}
session: &a [*a]
session: *unknown
session: {input_mean: [0.485, 0.456, 0.406], input_scale: [4.37, 4.46, 4.44]}
session: {input_scale: [58.395, 57.12, 57.375]}
session: {input_maen: [1, 2, 3]}
preproces: {crop: 8}
preprocess: {revers_channels: true}
LIST
awk 'BEGIN { printf "session: "; for (i = 0; i < 200; i++) printf "[" }' > deep.yaml
octet run data/colour.onnx data/images/red.png --config deep.yaml
