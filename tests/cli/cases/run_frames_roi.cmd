# 17x9, columns 0..8 red, 9..16 blue but for the chroma of column 9, which is that of column 8
fill() { head -c "$1" /dev/zero | tr '\000' "\\$2"; }
repeat() { for _ in $(seq "$1"); do printf "$2"; done; }
{
    for _ in $(seq 9); do fill 9 121 && fill 8 51; done
    for _ in $(seq 5); do repeat 5 '\132\360' && repeat 4 '\360\156'; done
} > half.nv12
octet run data/colour.onnx half.nv12 --pixels NV12 --frame 17x9 --roi 0,0,8,8 --top 1 --softmax no
octet run data/colour.onnx half.nv12 --pixels NV12 --frame 17x9 --roi 1,1,8,8 --top 1 --softmax no
octet run data/colour.onnx half.nv12 --pixels NV12 --frame 17x9 --roi 10,1,7,7 --top 1 --softmax no
octet run data/colour.onnx half.nv12 --pixels NV12 --frame 17x9 --roi 11,0,5,9 --json | sed -n '/"pixels"/,/\]/p;/"roi"/p;/"class"/p'
