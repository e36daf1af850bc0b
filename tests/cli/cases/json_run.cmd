octet run data/colour.onnx data/images/blue.png data/broken/empty.png --cpu ref --labels data/labels_ids.txt --top 2 --json --mean 1,2,3 --std 4
