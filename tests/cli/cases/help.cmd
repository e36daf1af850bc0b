octet --help
