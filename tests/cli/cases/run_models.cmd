for model in colour_nhwc colour_u8 colour_u8_nchw colour_softmax wide; do
    octet run data/$model.onnx data/images/blue.png --cpu ref --labels data/labels.txt --top 2
done
