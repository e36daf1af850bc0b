octet --version
