/* qlinear_u16.h: elementwise and pooling operators on 16-bit numbers that carry a scale and a zero point, uint16 or int16.
 * All in double, because results of 16 bits need more than a float holds; rounding: quant/requant.h. Law: docs/arithmetic.md.
 *
 *   add      y = saturate(round_half_even((a - a_zero) * ra + (b - b_zero) * rb) + y_zero)
 *            ra = a_scale / y_scale, rb = b_scale / y_scale; both products are rounded, then their sum
 *   average  y = saturate(round_half_even(sum of (x - x_zero) * m) + y_zero)     m = x_scale / (y_scale * n), n pixels
 *
 * All levels and thread counts return equal bits.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_QLINEAR_U16_H
#define OCT_QLINEAR_U16_H

#include "kernels/qlinear.h"

/* Scale and zero point, known when the program is built. */
typedef struct oct_qlinear_u16_scale {
    float scale;
    int32_t zero;
} oct_qlinear_u16_scale;

/* Plain data: part of saved programs. */
typedef struct oct_qlinear_u16_add {
    oct_nd nd; /* arrays y, a, b; normalized */
    oct_nd_cut cut;
    int32_t is_signed; /* int16 instead of uint16 */
    int32_t unused;
    oct_qlinear_u16_scale a, b, y;
} oct_qlinear_u16_add;

typedef struct oct_qlinear_u16_add_args {
    const oct_qlinear_u16_add *add;
    const void *a, *b;
    void *y; /* may be a or b itself where strides agree */
} oct_qlinear_u16_add_args;

void oct_qlinear_u16_add_init(oct_qlinear_u16_add *add); /* from add->nd as pushed */
typedef void (*oct_qlinear_u16_add_fn)(const oct_qlinear_u16_add_args *a, size_t item); /* item 0 .. cut.n_items-1 */
oct_qlinear_u16_add_fn oct_qlinear_u16_add_select(oct_cpu_level level);

void oct_qlinear_u16_add_ref(const oct_qlinear_u16_add_args *a, size_t item);
void oct_qlinear_u16_add_avx2(const oct_qlinear_u16_add_args *a, size_t item);

/* Shape as in qlinear.h, x_signed and y_signed being int16. H*W <= OCT_QLINEAR_MAX_PIXELS. */
typedef struct oct_qlinear_u16_average {
    oct_qlinear_average shape;
    oct_qlinear_u16_scale x, y;
} oct_qlinear_u16_average;

typedef struct oct_qlinear_u16_average_args {
    const oct_qlinear_u16_average *average;
    const void *x;
    void *y; /* [N, C] */
} oct_qlinear_u16_average_args;

/* Items as oct_qlinear_average_n_items says. */
typedef void (*oct_qlinear_u16_average_fn)(const oct_qlinear_u16_average_args *a, size_t item);
oct_qlinear_u16_average_fn oct_qlinear_u16_average_select(oct_cpu_level level);

void oct_qlinear_u16_average_ref(const oct_qlinear_u16_average_args *a, size_t item);
void oct_qlinear_u16_average_avx2(const oct_qlinear_u16_average_args *a, size_t item);

#endif
