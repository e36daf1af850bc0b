#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every source file has one SPDX line, no tabs in C files, no trailing blanks.
set -eu
cd "$(dirname "$0")/../.."
failed=0
for f in $(find include src cli tests bench examples scripts cmake -type f \( -name '*.[ch]' -o -name '*.py' -o -name '*.sh' -o -name '*.cmake' -o -name '*.def' -o -name '*.inc' -o -name '*.proto' \) -not -path '*/venv/*'); do
    [ "$(grep -c 'SPDX-License-Identifier[:] Apache-2.0' "$f")" = 1 ] || { echo "$f: needs one SPDX line"; failed=1; }
    if grep -nE ' +$' "$f"; then echo "$f: trailing blanks"; failed=1; fi
    case "$f" in *.[ch]) if grep -nP '\t' "$f"; then echo "$f: tabs"; failed=1; fi ;; esac
done
exit $failed
