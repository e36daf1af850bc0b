#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# check_symbols.sh LIB.so... : shared libraries export octet_ only; every global symbol of an archive is octet_ or oct_
# (protobuf-c's generated oct_pb__ among oct_); only $ISA objects hold $ISA instructions is checked by the layer of flags.
set -eu
failed=0
for lib in "$@"; do
    case "$lib" in
    *.so*) bad=$(nm -D --defined-only "$lib" | awk '$3 !~ /^octet_/ {print $3}') ;;
    *) bad=$(nm --defined-only --extern-only "$lib" 2>/dev/null | awk 'NF == 3 && $3 !~ /^(octet_|oct_|oct_pb__|__asan|__odr_asan|___asan|__covrec|\.weak)/ {print $3}') ;;
    esac
    if [ -n "$bad" ]; then
        echo "$lib: symbols without our prefix:"
        echo "$bad"
        failed=1
    fi
done
exit $failed
