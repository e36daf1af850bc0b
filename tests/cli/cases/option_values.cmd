for bad in "--top 0" "--top 1001" "--top 3x" "--threads 0" "--threads 1025" "--threads 1e1" "--mean 1,2" "--mean 1,2,3,4" \
    "--mean 1;2" "--mean nan" "--mean 1e99" "--mean 0x10" "--mean ,1" "--mean 1," "--std 0" "--std -1" "--scale 0" "--resize 0" "--resize 8x" \
    "--resize 224x224x3" "--resize big" "--crop 8X8" "--crop 99999" "--class-offset -1" "--softmax maybe" "--layout NHCW" "--order GBR" \
    "--interp bilnear" "--cpu avx" "--dim N" "--dim =1" "--dim N=0" "--dim N=1.5"; do
    octet run data/colour.onnx data/images/red.png $bad
    echo "$bad: $?"
done
