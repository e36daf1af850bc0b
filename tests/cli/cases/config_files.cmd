run() { octet run data/colour.onnx data/images/red.png --cpu ref --top 1 "$@"; echo "$?"; }
run --config none.cfg
run --config data/small.png
printf '# nothing\n' > empty.cfg
run --config empty.cfg
printf 'hello\n' > hello.txt
run --config hello.txt
printf '\357\273\277inWidth = 8\ninHeight = 8\n' > mark.cfg
run --config mark.cfg --config mark.cfg
run --config mark.cfg
head -c 1100000 /dev/zero | tr '\0' '#' > large.cfg
run --config large.cfg
run --config
printf 'inWidth = 8\ninHeight = 8\ninDataNorm = 1\ninMean = 1 2 3\n' > norm.cfg
octet run data/colour_u8.onnx data/images/red.png --cpu ref --top 1 --config norm.cfg
printf 'inLayout = 1\n' > layout.cfg
octet run data/colour.onnx data/images/red.png --cpu ref --top 1 --config layout.cfg
octet run data/gray.onnx data/images/red.png --cpu ref --top 1 --config norm.cfg
