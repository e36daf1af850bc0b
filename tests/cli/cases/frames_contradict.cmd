octet run data/colour.onnx x.nv12 --frame 8x8
octet run data/colour.onnx x.nv12 --range full
octet run data/colour.onnx x.nv12 --roi 0,0,8,8
octet run data/colour.onnx x.nv12 --pixels NV12
octet run data/colour.onnx x.nv12 --pixels RGB --frame 8x8
octet run data/colour.onnx x.nv12 --pixels NV13 --frame 8x8
octet run data/colour.onnx x.nv12 --pixels NV12,linear --frame 8x8
octet run data/colour.onnx x.nv12 --pixels NV12,bt709 --matrix bt601 --frame 8x8
octet run data/colour.onnx x.nv12 --pixels NV12 --matrix bt602 --frame 8x8
octet run data/colour.onnx x.nv12 --pixels NV12 --range ful --frame 8x8
octet run data/colour.onnx x.nv12 --pixels NV12 --frame 8
octet run data/colour.onnx x.nv12 --pixels NV12 --frame 65536x65536
octet run data/colour.onnx x.nv12 --pixels NV12 --frame 8x8 --roi 0,0,8
octet run data/colour.onnx x.nv12 --pixels NV12 --frame 8x8 --roi 1,0,8,8
octet run data/colour.onnx x.nv12 --pixels NV12 --frame 8x8 --ignore-orientation
octet run data/colour.onnx data/images --pixels NV12 --frame 8x8
octet eval data/colour.onnx --images data/colours.bin --pixels NV12 --frame 8x8
