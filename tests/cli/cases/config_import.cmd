show() { octet run data/free_size.onnx data/images/red.png --cpu ref --json "$@" | sed -n "/recipe/,/}/p" | tr -d "\n\t"; echo; }
show --config data/config/import.cfg
echo the metadata are overridden by the file, the file by the flags >&2
show --config data/config/import.cfg --std 128 --resize 8x8 --order bgr --interp bicubic 2> /dev/null
