octet help inspect
