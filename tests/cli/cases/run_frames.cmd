# all red, 8x8: Y 81, U 90, V 240 in BT.601 limited
fill() { head -c "$1" /dev/zero | tr '\000' "\\$2"; }
repeat() { for _ in $(seq "$1"); do printf "$2"; done; }
{ fill 64 121 && fill 16 132 && fill 16 360; } > red.i420
{ fill 64 121 && repeat 16 '\132\360'; } > red.nv12
{ fill 64 121 && repeat 16 '\360\132'; } > red.nv21
repeat 32 '\121\132\121\360' > red.yuyv
for format in I420 NV12 nv21 YUYV; do
    octet run data/colour.onnx red.$(echo $format | tr A-Z a-z) --pixels $format --frame 8x8 --top 1 --softmax no
    octet run data/colour.onnx red.$(echo $format | tr A-Z a-z) --pixels $format --frame 8x8 --top 1 --softmax no --cpu ref
done
octet run data/colour.onnx red.nv12 --pixels NV12,full --frame 8x8 --matrix bt709 --softmax no
octet run data/gray.onnx red.nv12 --pixels NV12 --frame 8x8 --softmax no
# a folder: only what has the suffix of frames
cp data/images/red.png .
octet run data/colour.onnx . --pixels NV12 --frame 8x8 --top 1 --softmax no | grep -v '^ '
