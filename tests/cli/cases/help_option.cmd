octet eval no such --help file | head -4
