octet run data data/images/red.png
