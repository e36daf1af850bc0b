#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# check_headers.sh CC INCLUDE_DIR: each public header compiles alone, as C99 and as C++ where a C++ compiler is there.
set -eu
for header in "$2"/octet/*.h; do
    echo "#include <octet/$(basename "$header")>" | "$1" -std=c99 -Wall -Wextra -Wpedantic -Werror -fsyntax-only -I"$2" -xc -
    if command -v g++ >/dev/null; then
        echo "#include <octet/$(basename "$header")>" | g++ -std=c++11 -Wall -Wextra -Werror -fsyntax-only -I"$2" -xc++ -
    fi
done
