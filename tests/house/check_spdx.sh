#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every source file has one SPDX line, no tabs in C files, no trailing blanks.
set -eu
cd "$(dirname "$0")/../.."
failed=0

# on_files SUFFIXES COMMAND...: COMMAND on all files of our folders with one of these suffixes
on_files() {
    names=$1
    shift
    find include src cli tests bench examples scripts cmake -type f -regextype egrep -regex ".*\.($names)" \
        -not -path '*/venv/*' -print0 | xargs -0 "$@" || true
}

# refuse WHAT LIST: complain unless the list is empty
refuse() {
    [ -z "$2" ] || { printf '%s:\n%s\n' "$1" "$2"; failed=1; }
}

all='[ch]|py|sh|cmake|def|inc|proto'
refuse "not one SPDX line" "$(on_files "$all" grep -c 'SPDX-License-Identifier[:] Apache-2.0' /dev/null | grep -v -e ':1$' -e '^/dev/null')"
refuse "trailing blanks" "$(on_files "$all" grep -nE ' +$' /dev/null)"
refuse "tabs" "$(on_files '[ch]' grep -nP '\t' /dev/null)"
exit $failed
