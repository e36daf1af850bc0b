#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# check_rt.sh OCTET CLASSIFY_RT MODEL.onnx: a program that links the run-time library alone sees in an artifact, portable and
# stored for the best level, what octet run sees in the model; it has no part of the compiler.
set -eu
octet=$1 classify=$2 model=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
head -c 27648 "$model" >"$work/pixels"
{ printf 'P6 96 96 255\n'; cat "$work/pixels"; } >"$work/image.ppm"
expected=$("$octet" run "$model" "$work/image.ppm" --mean 127.5 --std 127.5 --top 1 --softmax no | awk 'NR == 2 { print "class " $2 }')
for cpu in portable auto; do
    "$octet" compile "$model" -o "$work/m.octet" --cpu $cpu --mean 127.5 --std 127.5
    seen=$("$classify" "$work/m.octet" "$work/pixels")
    case "$seen" in
    "$expected,"*) echo "ok: $seen" ;;
    *) echo "'$seen' where $expected was expected"; exit 1 ;;
    esac
done
if nm "$classify" | grep -E ' [Tt] oct_(graph|onnx|pass|plan|build|lower)_'; then
    echo "the compiler is in it"
    exit 1
fi
"$classify" "$work/pixels" "$work/pixels" 2>/dev/null && exit 1
[ $? = 3 ] || { echo "no exit code 3 for a file that is no artifact"; exit 1; }
