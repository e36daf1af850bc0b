#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every shell script is clean to shellcheck, where there is one and this is a git tree.
set -eu
cd "$(dirname "$0")/../.."
command -v shellcheck >/dev/null || exit 77
scripts=$(git grep -lE '^#!.*[/ ](ba)?sh$') || exit 77
echo "$scripts" | xargs shellcheck
