#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# check_install.sh BUILD_DIR CMAKE CC: install into a stage, move it elsewhere, and use it from there: the program, and
# examples/classify.c and classify_rt.c built with pkg-config (shared and static) and with find_package. Each must see what the image shows.
set -eu
build=$1 cmake=$2 cc=$3
command -v pkg-config >/dev/null || exit 77
source=$(cd "$(dirname "$0")/../.." && pwd)
signs=$source/examples/roadsigns
sign=roundabout
image=$signs/samples/${sign}_01.png
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n_passed=0

fail() { echo "check_install: $*"; exit 1; }
pass() { n_passed=$((n_passed + 1)); echo "ok: $*"; }

# ---- install, and move away from the prefix it was installed for ----

DESTDIR=$work/stage "$cmake" --install "$build" --prefix /opt/octet >"$work/log"
if grep -q '^-- Installing: ' "$work/log" && grep '^-- Installing: ' "$work/log" | grep -qv "$work/stage/opt/octet"; then
    fail "installed outside the prefix"
fi
prefix=$work/moved
mv "$work/stage/opt/octet" "$prefix"
lib=$(dirname "$(find "$prefix" -name liboctet.a)")
for file in bin/octet include/octet/octet.h include/octet/rt.h include/octet/fold.h include/octet/image.h include/octet/status.h share/man/man1/octet.1 \
    share/bash-completion/completions/octet share/zsh/site-functions/_octet; do
    [ -f "$prefix/$file" ] || fail "$file is not installed"
done
for file in liboctet.so liboctet_rt.so liboctet_image.so liboctet.a liboctet_rt.a liboctet_image.a \
    cmake/octet/octet-config.cmake pkgconfig/octet.pc pkgconfig/octet_rt.pc pkgconfig/octet_image.pc; do
    [ -f "$lib/$file" ] || fail "$lib/$file is not installed"
done
if grep -rlF -e "$source/" -e "$build/" -e /opt/octet "$lib/cmake" "$lib/pkgconfig"; then
    fail "these files name a folder of the build"
fi
if command -v readelf >/dev/null && readelf -d "$prefix/bin/octet" "$lib"/*.so | grep -E 'RPATH|RUNPATH'; then
    fail "an installed file has a run path"
fi
bash -n "$prefix/share/bash-completion/completions/octet" || fail "the bash completion does not parse"
pass "installed"

# ---- one version everywhere ----

PKG_CONFIG_PATH=$lib/pkgconfig
export PKG_CONFIG_PATH
version=$(pkg-config --modversion octet)
for name in octet_rt octet_image; do
    [ "$(pkg-config --modversion $name)" = "$version" ] || fail "octet.pc and $name.pc differ in their version"
done
[ "$("$prefix/bin/octet" --version | head -n 1)" = "octet $version" ] || fail "the program has another version than $version"
grep -q "^\.TH OCTET 1 .*Octet $version\"" "$prefix/share/man/man1/octet.1" || fail "the man page does not say $version"
grep -q "^## $version" "$source/CHANGELOG.md" || fail "CHANGELOG.md does not mention $version"
pass "version $version"

# ---- programs against it ----

class=$(sed -n "s/^\([0-9]*\),$sign\$/\1/p" "$signs/labels.txt")

# sees_sign NAME COMMAND...: the program prints the class of the image
sees_sign() {
    name=$1
    shift
    "$@" "$signs/roadsigns.onnx" "$image" >"$work/out" || fail "$name: exit code $?"
    grep -q "^class $class," "$work/out" || fail "$name: '$(cat "$work/out")' where class $class was expected"
    pass "$name: $(cat "$work/out")"
}

# shellcheck disable=SC2046 # flags are meant to split
"$cc" -o "$work/shared" "$source/examples/classify.c" $(pkg-config --cflags --libs octet octet_image)
sees_sign "pkg-config, shared" env LD_LIBRARY_PATH="$lib" "$work/shared"

# the run-time library alone: an artifact and the bytes of its input
"$prefix/bin/octet" compile "$signs/roadsigns.onnx" -o "$work/signs.octet" --mean 127.5 --std 127.5 >"$work/log"
head -c 27648 "$signs/roadsigns.onnx" >"$work/pixels"

# runs_artifact NAME COMMAND...: the program prints a class of these pixels
runs_artifact() {
    name=$1
    shift
    "$@" "$work/signs.octet" "$work/pixels" >"$work/out" || fail "$name: exit code $?"
    grep -q '^class [0-9]' "$work/out" || fail "$name: '$(cat "$work/out")'"
    pass "$name: $(cat "$work/out")"
}

# shellcheck disable=SC2046
"$cc" -o "$work/shared_rt" "$source/examples/classify_rt.c" $(pkg-config --cflags --libs octet_rt)
runs_artifact "pkg-config, shared octet_rt" env LD_LIBRARY_PATH="$lib" "$work/shared_rt"

mkdir "$work/app"
cp "$source/examples/classify.c" "$work/app"
cat >"$work/app/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.22)
project(app C)
find_package(octet 0.1 REQUIRED)
add_executable(app classify.c)
target_link_libraries(app PRIVATE octet::octet octet::image)
END
{ "$cmake" -S "$work/app" -B "$work/app/build" -DCMAKE_C_COMPILER="$cc" -DCMAKE_PREFIX_PATH="$prefix" &&
    "$cmake" --build "$work/app/build"; } >"$work/log" 2>&1 || { cat "$work/log"; fail "find_package"; }
sees_sign "find_package" "$work/app/build/app"

rm "$lib"/*.so*
# shellcheck disable=SC2046
"$cc" -o "$work/static" "$source/examples/classify.c" $(pkg-config --static --cflags --libs octet octet_image)
sees_sign "pkg-config, static" "$work/static"
# shellcheck disable=SC2046
"$cc" -o "$work/static_rt" "$source/examples/classify_rt.c" $(pkg-config --static --cflags --libs octet_rt)
runs_artifact "pkg-config, static octet_rt" "$work/static_rt"

"$prefix/bin/octet" run "$signs/roadsigns.onnx" "$image" --mean 123.675,116.28,103.53 --std 58.395,57.12,57.375 \
    --labels "$signs/labels.txt" --top 1 >"$work/out" || fail "octet run: exit code $?"
grep -qw "$sign" "$work/out" || fail "octet run: $(cat "$work/out")"
pass "octet run, without the shared libraries"
echo "$n_passed passed, 0 failed"
