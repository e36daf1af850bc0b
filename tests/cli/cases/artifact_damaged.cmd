try() { octet run "$1" data/bands.png; echo "exit $?" >&2; }
change() { cp m.octet "$1" && printf "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc 2> /dev/null; try "$1"; }
octet compile data/colour.onnx -o m.octet > /dev/null
change order.octet 8 '\001\002\003\004'
change newer.octet 12 '\003'
change older.octet 12 '\001'
change header.octet 20 '\001'
change metadata.octet 200 '\377'
change constants.octet $(($(wc -c < m.octet) - 40)) '\377'
head -c 1000 m.octet > short.octet; try short.octet
head -c 20 m.octet > tiny.octet; try tiny.octet
(cat m.octet; echo) > long.octet; try long.octet
try no_such.octet
