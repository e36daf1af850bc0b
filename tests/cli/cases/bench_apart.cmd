octet bench data/cancels.onnx --image data/images/red.png --mean 127.5 --std 127.3 --runs 6 > out.txt
status=$?
grep "too much" out.txt
exit $status
