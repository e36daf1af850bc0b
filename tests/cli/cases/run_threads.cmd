octet run roadsigns/roadsigns.onnx roadsigns/samples/stop_01.png --json --threads 1 > one.json
octet run roadsigns/roadsigns.onnx roadsigns/samples/stop_01.png --json --threads 2 > two.json
octet run roadsigns/roadsigns.onnx roadsigns/samples/stop_01.png --json --cpu ref > ref.json
diff one.json two.json | grep -c "^[<>]"
diff one.json ref.json | grep "^[<>]" | grep -v cpu
