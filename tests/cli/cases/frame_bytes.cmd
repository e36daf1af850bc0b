head -c 96 /dev/zero > good.nv12
head -c 95 /dev/zero > short.nv12
head -c 288 /dev/zero > three.nv12
octet run data/colour.onnx short.nv12 three.nv12 missing.nv12 good.nv12 --pixels NV12 --frame 8x8 --top 1
