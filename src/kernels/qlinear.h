/* qlinear.h: elementwise and pooling operators on 8-bit numbers that carry a scale and a zero point. real(q) stands for
 * float(q - zero) * scale, and all rounding to 8 bits is that of quant/requant.h. Law: docs/arithmetic.md.
 *
 *   add      y = saturate(round_half_even(fma(a, ra, fma(b, rb, c))))   ra = a_scale / y_scale, rb = b_scale / y_scale,
 *            c = y_zero - fma(ra, a_zero, rb * b_zero): ONNX Runtime's roundings, so that files made for it agree;
 *            a - b is the same with -rb for rb. Raised: a, b, y and zero points are bytes - 128 in all of this
 *   mul      y = quantize(float((a - a_zero) * (b - b_zero)) * m)       m = a_scale * b_scale / y_scale
 *   average  y = quantize(float(sum of (x - x_zero)) * m)               m = x_scale / (y_scale * float(n)), n pixels
 *   pool     the same for the taps of each window, n as window.h counts them
 *   rescale  y = quantize(real(x) / y_scale)                         a table of 256 bytes
 *   lookup   y = table[x]
 *
 * All levels and thread counts return equal bits.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_QLINEAR_H
#define OCT_QLINEAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cpu.h"
#include "kernels/nd.h"
#include "kernels/window.h"
#include "quant/requant.h"

/* Scale and zero point as they come from the graph; zero NULL: 0. */
typedef struct oct_qlinear_scale {
    const float *scale;
    const uint8_t *zero; /* of the numbers' type */
} oct_qlinear_scale;

/* ---- add, mul ---- */

/* Plain data: part of saved programs. */
typedef struct oct_qlinear_add {
    oct_nd nd; /* arrays y, a, b; normalized */
    oct_nd_cut cut;
    int32_t numbers;  /* oct_numbers; mul: not RAISED */
    int32_t subtract; /* a - b; not read by mul */
} oct_qlinear_add;

typedef struct oct_qlinear_add_args {
    const oct_qlinear_add *add;
    const void *a, *b;
    void *y; /* may be a or b itself where strides agree */
    oct_qlinear_scale a_scale, b_scale, y_scale;
} oct_qlinear_add_args;

void oct_qlinear_add_init(oct_qlinear_add *add, oct_numbers numbers); /* from add->nd as pushed */
typedef void (*oct_qlinear_add_fn)(const oct_qlinear_add_args *a, size_t item); /* item 0 .. cut.n_items-1 */
oct_qlinear_add_fn oct_qlinear_add_select(oct_cpu_level level);
typedef oct_qlinear_add_fn oct_qlinear_mul_fn;
oct_qlinear_mul_fn oct_qlinear_mul_select(oct_cpu_level level);

/* ---- global average ---- */

#define OCT_QLINEAR_MAX_PIXELS (1 << 23) /* 255 times as many stay below 2^31 */

/* Element (n, c, h, w) of x at n*x_n + c*x_c + h*x_h + w*x_w; y is [N, C]. Plain data.
 * H*W <= OCT_QLINEAR_MAX_PIXELS. */
typedef struct oct_qlinear_average {
    int64_t N, C, H, W, x_n, x_c, x_h, x_w;
    int32_t x_signed, y_signed;
} oct_qlinear_average;

typedef struct oct_qlinear_average_args {
    const oct_qlinear_average *average;
    const void *x;
    void *y;
    oct_qlinear_scale x_scale, y_scale;
} oct_qlinear_average_args;

size_t oct_qlinear_average_n_items(const oct_qlinear_average *p);
typedef void (*oct_qlinear_average_fn)(const oct_qlinear_average_args *a, size_t item);
oct_qlinear_average_fn oct_qlinear_average_select(oct_cpu_level level);

/* ---- average of windows ---- */

/* x [N,H,W,C], y [N,OH,OW,C]; KH*KW <= OCT_QLINEAR_MAX_PIXELS. Plain data. */
typedef struct oct_qlinear_pool {
    oct_window_shape shape;
    int32_t is_signed;
} oct_qlinear_pool;

typedef struct oct_qlinear_pool_args {
    const oct_qlinear_pool *pool;
    const void *x;
    void *y;
    oct_qlinear_scale x_scale, y_scale;
} oct_qlinear_pool_args;

typedef void (*oct_qlinear_pool_fn)(const oct_qlinear_pool_args *a, size_t item); /* oct_window_n_items items */
oct_qlinear_pool_fn oct_qlinear_pool_select(oct_cpu_level level);

/* ---- tables ---- */

/* table[byte of x] = byte of y */
void oct_qlinear_table(uint8_t table[256], const oct_qlinear_scale *x, bool x_signed, const oct_qlinear_scale *y,
                       bool y_signed);

/* y = table[x] over the index space (arrays y, x), item 0 .. cut->n_items-1. */
typedef struct oct_qlinear_lookup_args {
    const oct_nd *nd; /* normalized */
    const oct_nd_cut *cut;
    const uint8_t *table, *x;
    uint8_t *y;
} oct_qlinear_lookup_args;
typedef void (*oct_qlinear_lookup_fn)(const oct_qlinear_lookup_args *a, size_t item);
oct_qlinear_lookup_fn oct_qlinear_lookup_select(oct_cpu_level level);

#endif
