octet run data/colour_nhwc.onnx data/images/blue.png --dim N=1
