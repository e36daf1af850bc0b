flags='--mean 123.675,116.28,103.53 --std 58.395,57.12,57.375 --top 1'
for where in host layer fold; do
    octet run roadsigns/roadsigns.onnx roadsigns/samples $flags --placement $where 2> /dev/null | sed 's/ [0-9. ]*%//' > $where.txt
    octet run roadsigns/roadsigns.onnx roadsigns/samples/stop_01.png $flags --placement $where --json | grep placement
done
cmp host.txt layer.txt && cmp host.txt fold.txt && grep -c samples fold.txt
