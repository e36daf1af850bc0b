octet doctor roadsigns/roadsigns.onnx --images roadsigns/eval/eval.tsv --limit 100 | grep -e "^top-1" -e "^known" -e "^flags" -e "^settled"
