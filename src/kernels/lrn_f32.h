/* lrn_f32.h: local response normalization across channels. Law: docs/arithmetic.md.
 *
 *   acc = +0;  for k = max(0, c - (size-1)/2) .. min(C-1, c + size/2) ascending:  acc = acc + x[k]*x[k]
 *   t = bias + (alpha / size) * acc
 *   y[c] = x[c] / t^beta
 *
 * Every operation is rounded to float32. t^0.75 is sqrt(t) * sqrt(sqrt(t)), t^0.5 is sqrt(t), t^1 is t; any other power
 * is that of math_f32.h. All levels and thread counts return equal bits.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_LRN_F32_H
#define OCT_LRN_F32_H

#include <stddef.h>
#include <stdint.h>

#include "base/cpu.h"

/* Plain data: part of saved programs. Element (n, c, p) of an array lies at n*C*P + c*c_stride + p*p_stride. */
typedef struct oct_lrn_shape {
    int64_t N, C, P; /* P pixels */
    int64_t x_c_stride, x_p_stride, y_c_stride, y_p_stride;
    int32_t size;
    float alpha, beta, bias;
} oct_lrn_shape;

typedef struct oct_lrn_args {
    const oct_lrn_shape *shape;
    const float *x;
    float *y; /* must not overlap x */
} oct_lrn_args;

/* Pixels in one item. */
#define OCT_LRN_ITEM_PIXELS(s) (4096 / (s)->C + 1)

size_t oct_lrn_n_items(const oct_lrn_shape *s);
/* Any order, any thread, each item once. */
typedef void (*oct_lrn_fn)(const oct_lrn_args *a, size_t item);
oct_lrn_fn oct_lrn_select(oct_cpu_level level);

void oct_lrn_f32_ref(const oct_lrn_args *a, size_t item);
void oct_lrn_f32_avx2(const oct_lrn_args *a, size_t item);

#endif
