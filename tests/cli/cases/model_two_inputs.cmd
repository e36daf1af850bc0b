octet run data/two_inputs.onnx data/images/red.png
