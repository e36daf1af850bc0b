# a gray frame that becomes 8x8
head -c 192 /dev/zero | tr '\000' '\200' > gray.i420
octet bench data/colour.onnx --image gray.i420 --pixels I420 --frame 16x8 --roi 2,0,8,8 --runs 6 --json | sed -n '/"image"/,/}/p;/"pixels"/p;/"frame"/p;/"roi"/p;/"possible"/p'
octet bench data/colour.onnx --image gray.i420 --pixels I420 --frame 16x16
octet bench data/colour.onnx --image gray.i420 --pixels I420 --frame 16x8 --linear-yuv
