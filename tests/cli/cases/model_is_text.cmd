octet run data/labels.txt data/images/red.png
