/* quant_loops.h: what a level of quant.h adds: loops over dense elements of one scale.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_QUANT_LOOPS_H
#define OCT_QUANT_LOOPS_H

#include "kernels/quant.h"
#include "quant/requant.h"

/* Integers of one scale: their range, and how those of one byte or word are made of it: (x ^ flip) - less, less the zero
 * point. */
typedef struct oct_quant_scaling {
    float scale;
    oct_qrange range;
    uint16_t flip;
    int32_t less;
} oct_quant_scaling;

typedef void (*oct_quant_loop)(void *y, const void *x, const oct_quant_scaling *s, int64_t n);

typedef struct oct_quant_loops {
    oct_quant_loop quantize_bytes, quantize_words, dequantize_bytes, dequantize_words, dequantize_i32;
} oct_quant_loops;

extern const oct_quant_loops oct_quant_ref, oct_quant_avx2;

#endif
