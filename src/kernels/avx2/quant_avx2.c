/* Quantizers, level avx2: the same loops, vectorized with 32-byte registers.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef __AVX2__
#error "compile with -mavx2"
#endif
#define LOOPS oct_quant_avx2
#include "kernels/quant_body.h"
