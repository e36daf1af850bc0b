/* quant.h: float32 to 8- and 16-bit integers and back. Law: docs/arithmetic.md, rounding: quant/requant.h.
 *
 *   quantize     y = clamp(round_half_even(x / scale) + zero)      one division; NaN gives the type's minimum
 *   dequantize   y = float(x - zero) * scale                       x - zero exact, one rounding to float, one product
 *
 * x, y and scale/zero each have strides of their own over one index space, which covers scales per tensor, per axis and
 * per block in any layout. All levels and thread counts return equal bits.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_QUANT_H
#define OCT_QUANT_H

#include <stddef.h>
#include <stdint.h>

#include <octet/octet.h>

#include "base/cpu.h"
#include "kernels/nd.h"

/* Plain data: part of saved programs. */
typedef struct oct_quant {
    oct_nd nd; /* arrays: y, x, scale and zero */
    oct_nd_cut cut;
    int32_t integer; /* octet_dtype of the integer side: U8, I8, U16, I16; dequantize also I32 */
    int32_t unused;
} oct_quant;

typedef struct oct_quant_args {
    const oct_quant *quant;
    const void *x;
    void *y;
    const float *scale;
    const void *zero; /* of the integer type, strides as scale */
} oct_quant_args;

/* Make q ready from q->nd as pushed. */
void oct_quant_init(oct_quant *q, octet_dtype integer);

/* Item 0 .. cut.n_items-1: any order, any thread, each once. */
typedef void (*oct_quant_fn)(const oct_quant_args *a, size_t item);
oct_quant_fn oct_quantize_select(oct_cpu_level level);
oct_quant_fn oct_dequantize_select(oct_cpu_level level);

/* Smallest and largest of 0 and x[0..n), NaN passed over. */
void oct_range_f32(const float *x, size_t n, float *min, float *max);

/* Scale and zero point of DynamicQuantizeLinear for values in min..max (which hold 0):
 *   scale = (max - min) / 255, 1 if that is 0;   zero = clamp(round_half_even(-min / scale), 0, 255) */
void oct_dynamic_scale(float min, float max, float *scale, uint8_t *zero);

#endif
