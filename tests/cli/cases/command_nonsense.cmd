octet xyzzy
