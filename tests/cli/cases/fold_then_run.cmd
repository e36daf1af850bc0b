# every kind of folded file gives the classes of the original, wherever octet run puts what is left to do
flags='--mean 123.675,116.28,103.53 --std 58.395,57.12,57.375'
classes() { octet run "$1" roadsigns/samples --top 1 $2 2> /dev/null | sed 's/ [0-9. ]*%//'; }
classes roadsigns/roadsigns.onnx "$flags" > original
for how in 'layer' 'layer --pixels RGB' 'layer --pixels BGR,NCHW' 'layer --pixels BGR' 'rgbx' 'rgbx --pixels RGBX,NCHW'; do
    octet fold roadsigns/roadsigns.onnx -o folded.onnx $flags --placement $how > /dev/null || exit 1
    for where in fold host; do
        classes folded.onnx "--placement $where" | cmp - original && echo "$how, $where: same classes"
    done
done
