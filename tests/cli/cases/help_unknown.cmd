octet help inspct
