signs=roadsigns/roadsigns.onnx
octet compile $signs -o m.octet --pixels NV12,bt709 --range full --linear-yuv --mean 127.5 --std 127.5
octet inspect m.octet | grep -e options -e 'runs on'
octet run m.octet roadsigns/samples/stop_01.png --top 1 --json | grep -e probability -e '"class"'
octet run $signs roadsigns/samples/stop_01.png --top 1 --mean 127.5 --std 127.5 --json | grep -e probability -e '"class"'
head -c 13824 $signs > frame.nv12
octet run m.octet frame.nv12 --pixels NV12,bt709 --range full --frame 96x96 --linear-yuv --json --top 1 | grep probability
octet run $signs frame.nv12 --pixels NV12,bt709 --range full --frame 96x96 --linear-yuv --json --top 1 --mean 127.5 --std 127.5 | grep probability
octet run m.octet frame.nv12 --pixels NV12 --frame 128x72 --linear-yuv
