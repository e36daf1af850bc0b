#!/bin/sh
# Runs cases: cases/NAME.cmd is a shell script that calls octet; what it prints must match NAME.out (stdout) and NAME.err
# (stderr), its exit status NAME.exit. A file that is not there means: empty, or 0. In the expectations * stands for
# anything within a line, everything else for itself.
#
#     run_case.sh [--update] OCTET NAME...     --update writes the expectations anew; look at the difference before committing
#
# A case runs in an empty folder with two links: data/ (tests/cli/data) and roadsigns/ (examples/roadsigns).
# SPDX-License-Identifier: Apache-2.0
set -u
here=$(cd "$(dirname "$0")" && pwd) || exit 1
update=
if [ "$1" = --update ]; then
    update=1
    shift
fi
octet=$(cd "$(dirname "$1")" && pwd)/$(basename "$1") || exit 1
shift
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# compare EXPECTED ACTUAL: the first line that differs, on stdout; status 1 if there is one
compare() {
    awk '
        function quote(s,    i, c, out) {
            for (i = 1; i <= length(s); i++) {
                c = substr(s, i, 1)
                out = out (c == "*" ? ".*" : c ~ /[A-Za-z0-9 _,;:=<>%"\047\/!#&~@`-]/ ? c : c == "\\" || c == "^" ? "\\" c : "[" c "]")
            }
            return "^" out "$"
        }
        FILENAME == ARGV[1] { expected[++n] = $0; next }
        { actual[++m] = $0 }
        END {
            for (i = 1; i <= n || i <= m; i++) {
                if (i <= n && i <= m && (expected[i] == actual[i] || actual[i] ~ quote(expected[i])))
                    continue
                printf "  line %d\n    expected: %s\n    actual:   %s\n", i, i <= n ? expected[i] : "(end)", i <= m ? actual[i] : "(end)"
                exit 1
            }
        }' "$1" "$2"
}

# refresh EXPECTED ACTUAL: take the actual text over unless the expectation still matches it
refresh() {
    [ -f "$1" ] || : > "$1"
    compare "$1" "$2" > "$work/difference" || cp "$2" "$1"
    [ -s "$1" ] || rm -f "$1"
}

run_case() {
    case=$here/cases/$1
    if [ ! -f "$case.cmd" ]; then
        echo "no case $1"
        return 1
    fi
    rm -rf "$work/run" && mkdir -p "$work/run" "$work/bin"
    ln -sf "$octet" "$work/bin/octet"
    ln -s "$here/data" "$work/run/data"
    ln -s "$here/../../examples/roadsigns" "$work/run/roadsigns"
    (cd "$work/run" && PATH=$work/bin:$PATH && export PATH && unset ARGP_HELP_FMT && LC_ALL=C sh "$case.cmd") \
        > "$work/out" 2> "$work/err" < /dev/null
    echo $? > "$work/exit"
    if [ "$update" ]; then
        echo 0 | cmp -s - "$work/exit" && : > "$work/exit"
        for part in out err exit; do
            refresh "$case.$part" "$work/$part"
        done
        return 0
    fi
    failed=0
    for part in out err exit; do
        expected=$case.$part
        if [ ! -f "$expected" ]; then
            expected=$work/none
            : > "$expected"
            [ $part = exit ] && echo 0 > "$expected"
        fi
        if ! compare "$expected" "$work/$part" > "$work/difference"; then
            echo "$1: $part"
            cat "$work/difference"
            failed=1
        fi
    done
    return $failed
}

all=0
for name; do
    run_case "$name" || all=1
done
exit $all
