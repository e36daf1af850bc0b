octet --help > /dev/full
