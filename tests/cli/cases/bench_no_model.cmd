octet bench
