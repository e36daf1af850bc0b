# a picture in gray, and one whose chroma clips
flags='--mean 123.675,116.28,103.53 --std 58.395,57.12,57.375 --top 1 --softmax no'
python3 - <<'P'
y = bytes((x * y) % 200 + 30 for y in range(96) for x in range(96))
open("gray.nv12", "wb").write(y + bytes([128]) * 4608)
open("wild.nv12", "wb").write(y + bytes([255]) * 4608)
P
for file in gray wild; do
    octet run roadsigns/roadsigns.onnx $file.nv12 --pixels NV12 --frame 96x96 $flags
    octet run roadsigns/roadsigns.onnx $file.nv12 --pixels NV12 --frame 96x96 $flags --linear-yuv
done
octet run roadsigns/roadsigns.onnx gray.nv12 --pixels NV12,linear --frame 96x96 $flags --linear-yuv --order BGR
octet run roadsigns/roadsigns.onnx gray.nv12 --pixels NV12 --frame 62x96 --linear-yuv
octet run roadsigns/roadsigns.onnx gray.nv12 --pixels NV12 --frame 96x96 --linear-yuv --roi 0,0,32,32
octet run roadsigns/roadsigns.onnx gray.nv12 --pixels NV12 --frame 96x96 --linear-yuv --placement layer
octet run roadsigns/roadsigns.onnx gray.nv12 --linear-yuv
octet eval roadsigns/roadsigns.onnx --images data/colours.tsv --pixels NV12 --frame 96x96 --linear-yuv
octet run data/colour.onnx gray.nv12 --pixels NV12 --frame 8x8 --linear-yuv
