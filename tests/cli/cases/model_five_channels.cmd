octet run data/five_channels.onnx data/images/red.png
