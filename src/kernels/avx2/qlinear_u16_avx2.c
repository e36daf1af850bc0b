/* 16-bit operators, level avx2: the same loops, vectorized with 32-byte registers.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef __AVX2__
#error "compile with -mavx2"
#endif
#define LEVEL(name) name##_avx2
#include "kernels/qlinear_u16_body.h"
