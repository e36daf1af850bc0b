show() { octet run data/free_size.onnx data/images/red.png --cpu ref --json "$@" | sed -n "/recipe/,/}/p" | tr -d "\n\t"; echo; }
show --config data/config/import_raw.cfg
show --config data/config/import_two.cfg
printf 'inDataNorm = 0\r\ninMean = 1 2 3\r\n  # nothing else\r\ninWidth = 8\r\ninHeight = 8' > off.cfg
show --config off.cfg
