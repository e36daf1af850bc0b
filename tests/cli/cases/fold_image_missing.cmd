octet fold data/colour.onnx -o c.onnx --images none.png
