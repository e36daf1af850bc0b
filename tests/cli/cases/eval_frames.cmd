# a sheet of two 8x8 images: red above, blue below
fill() { head -c "$1" /dev/zero | tr '\000' "\\$2"; }
{ fill 64 121 && fill 64 51 && fill 16 132 && fill 16 360 && fill 16 360 && fill 16 156; } > sheet.i420
printf 'sheet.i420\t0\tval\tbox=0,0,8,8\nsheet.i420\t2\tval\tbox=0,8,8,8\n' > list.tsv
octet eval data/colour.onnx --images list.tsv --pixels I420 --frame 8x16 --cpu ref
octet eval data/colour.onnx --images list.tsv --pixels I420 --frame 8x16 --json | sed -n '/"pixels"/p;/"frame"/p;/"roi"/p'
