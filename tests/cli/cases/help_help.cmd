octet help
