/* cast.h: conversion between element types. Called by providers/float for Cast.
 *
 *   float -> float      round to nearest, ties to even; infinities, signed zeros and NaNs stay
 *   float -> integer    truncated toward zero; out of range: the nearest end of the range; NaN: 0
 *   integer -> integer  modulo 2^n
 *   integer -> float    round to nearest even, to float16 and bfloat16 by way of float32
 *   anything -> bool    x != 0 (a NaN is true); bool -> anything: 0 or 1
 *
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_CAST_H
#define OCT_CAST_H

#include <octet/octet.h>

#include "base/cpu.h"
#include "kernels/nest.h"

/* Operand 0 of the tile is y, 1 is x; y and x do not overlap, or are the same memory and types of one size.
 * y has stride 1 or rows of one element. */
typedef void (*oct_cast_fn)(const oct_tile *tile, octet_dtype from, octet_dtype to);

/* NULL if one is no type. */
oct_cast_fn oct_cast_select(oct_cpu_level level, octet_dtype from, octet_dtype to);

/* ---- per level ---- */
oct_cast_fn oct_cast_ref(octet_dtype from, octet_dtype to);
oct_cast_fn oct_cast_avx2(octet_dtype from, octet_dtype to);

#endif
