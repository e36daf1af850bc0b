show() { octet run data/free_size.onnx data/images/red.png --cpu ref --json "$@" | sed -n "/recipe/,/}/p" | tr -d "\n\t"; echo; }
show --config data/config/param.yaml
printf -- '---\npreprocess:\n  backend: cv2\n  interpolation: INTER_AREA\n  resize: [10, 12]\n  crop: !!python/tuple [8, 8]\n' > cv2.yaml
show --config cv2.yaml
printf 'session:\n  input_mean: 127.5\n  input_scale: ~\n  input_optimization: True\npreprocess: {resize: null, crop: 8}\n' > short.yaml
show --config short.yaml
