#!/bin/sh
# Every option that --help shows is in the man page and in both completions, and the man page names no other.
#     check_documents.sh OCTET
# SPDX-License-Identifier: Apache-2.0
set -u
octet=$1
root=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failed=0

options() {
    sed -n 's/^ *\(-[a-z], \)\{0,1\}\(--[a-z][a-z-]*\).*/\2/p' | sort -u
}

# what bash offers behind "octet COMMAND --"
complete_in_bash() {
    bash -c '. "$1" && COMP_WORDS=(octet "$2" --) COMP_CWORD=2 && _octet && printf "%s\n" "${COMPREPLY[@]}"' \
        - "$root/completions/octet.bash" "$1" | sort -u
}

# check WHAT EXPECTED ACTUAL
check() {
    if ! diff "$2" "$3" > "$work/difference"; then
        echo "$1 differs from --help (< only in --help):"
        grep '^[<>]' "$work/difference"
        failed=1
    fi
}

"$octet" --help | options > "$work/all"
for command in run eval compile fold bench doctor inspect tune; do
    "$octet" help $command | options > "$work/$command"
    cat "$work/$command" >> "$work/all"
    if command -v bash > /dev/null; then
        complete_in_bash $command > "$work/bash"
        check "completions/octet.bash for octet $command" "$work/$command" "$work/bash"
    fi
done
sort -u "$work/all" > "$work/help"
sed 's/\\-/-/g; s/\\f.//g' "$root/docs/octet.1" | grep -o -e '--[a-z][a-z-]*' | sort -u > "$work/man"
check docs/octet.1 "$work/help" "$work/man"
grep -v -e --version "$work/help" > "$work/commands"
grep -o -e "['{,][()*0-9a-z-]*--[a-z][a-z-]*" "$root/completions/_octet" | sed 's/.*--/--/' | sort -u > "$work/zsh"
check completions/_octet "$work/commands" "$work/zsh"
exit $failed
