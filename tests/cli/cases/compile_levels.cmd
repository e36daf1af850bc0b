octet compile data/colour.onnx -o portable.octet > /dev/null
octet compile data/colour.onnx -o again.octet --cpu portable --placement fold > /dev/null
octet compile data/colour.onnx -o ref.octet --cpu ref > /dev/null
octet compile data/colour.onnx -o best.octet --cpu auto > /dev/null
cmp portable.octet ref.octet && cmp portable.octet again.octet && echo the same bytes
mkdir elsewhere && cd elsewhere && octet compile ../data/colour.onnx -o m.octet > /dev/null && cmp m.octet ../portable.octet && echo and elsewhere
cd ..
octet run portable.octet data/bands.png --top 1 > a
octet run portable.octet data/bands.png --top 1 --cpu ref --threads 2 > b
octet run best.octet data/bands.png --top 1 > c
cmp a b && cmp a c && echo the same bits
ls
