octet
