/* window.h: MaxPool, AveragePool and LpPool over NHWC images, their global forms included. Law: docs/arithmetic.md.
 * Taps of one output are visited in ascending (kh, kw) order, in-bounds taps only:
 *
 *   h = oh*SH - pad_top + kh*DH,  w = ow*SW - pad_left + kw*DW
 *   max      acc = first tap;  acc = x > acc ? x : acc     a NaN stays if it comes first and is passed over otherwise;
 *                                                          of equal taps (-0 and 0 too) the first one stands
 *   average  acc = +0;  acc = acc + x;   y = acc / count   count: in-bounds taps, or all taps inside the padded image
 *   lp       p = 1: acc = acc + |x|;   p = 2: acc = acc + x*x, y = sqrt(acc);
 *            else acc = acc + pow(|x|, p), y = pow(acc, 1/p)
 *
 * A window without a tap gives -inf (the type's minimum), index -1, for max, and 0 for the others.
 * All levels and thread counts return equal bits.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_WINDOW_H
#define OCT_WINDOW_H

#include <stddef.h>
#include <stdint.h>

#include "base/cpu.h"

/* Everything that is known before the data. Plain data: part of saved programs. All counts >= 1. */
typedef struct oct_window_shape {
    int32_t N, H, W, C, OH, OW, KH, KW;
    int32_t stride_h, stride_w, dilation_h, dilation_w, pad_top, pad_left, pad_bottom, pad_right;
    int32_t count_include_pad; /* average */
    int32_t column_major;      /* max: index w*H + h within a plane instead of h*W + w */
    int32_t p;                 /* lp */
} oct_window_shape;

typedef enum oct_window_op {
    OCT_WINDOW_MAX_F32,
    OCT_WINDOW_MAX_U8,
    OCT_WINDOW_MAX_I8,
    OCT_WINDOW_MAX_U16,
    OCT_WINDOW_MAX_I16,
    OCT_WINDOW_AVERAGE_F32,
    OCT_WINDOW_LP_F32,
    OCT_WINDOW_N_OPS
} oct_window_op;

typedef struct oct_window_args {
    const oct_window_shape *shape;
    const void *x;    /* [N,H,W,C] */
    void *y;          /* [N,OH,OW,C]; must not overlap x */
    int64_t *indices; /* max: flat index of the winner in an [N,C,H,W] tensor, written to [N,C,OH,OW]; may be NULL */
} oct_window_args;

/* Any order, any thread, each item once. */
typedef void (*oct_window_fn)(const oct_window_args *a, size_t item);

oct_window_fn oct_window_select(oct_window_op op, oct_cpu_level level);
/* Independent pieces of work: output rows, cut by channels when there are few of them. */
size_t oct_window_n_items(const oct_window_shape *s);

/* One item: output row oh of image n, channels c .. c + n_channels. */
typedef struct oct_window_item {
    int32_t n, oh, c, n_channels;
} oct_window_item;
oct_window_item oct_window_get_item(const oct_window_shape *s, size_t item);

/* The in-bounds taps of one output: kernel rows kh0..kh1 (excluded), columns kw0..kw1. */
typedef struct oct_window_taps {
    int32_t kh0, kh1, kw0, kw1;
    int64_t first;   /* pixel of tap (kh0, kw0): index into [N*H*W] */
    float count;     /* divisor of the average; 0 without taps */
} oct_window_taps;
oct_window_taps oct_window_get_taps(const oct_window_shape *s, int32_t n, int32_t oh, int32_t ow);
/* How many outputs of the row from ow on, whose taps are t, have the same taps, each stride_w pixels further. At least 1. */
int32_t oct_window_n_same(const oct_window_shape *s, int32_t ow, const oct_window_taps *t);

void oct_window_max_f32_ref(const oct_window_args *a, size_t item);
void oct_window_max_u8_ref(const oct_window_args *a, size_t item);
void oct_window_max_i8_ref(const oct_window_args *a, size_t item);
void oct_window_max_u16_ref(const oct_window_args *a, size_t item);
void oct_window_max_i16_ref(const oct_window_args *a, size_t item);
void oct_window_average_f32_ref(const oct_window_args *a, size_t item);
void oct_window_lp_f32_ref(const oct_window_args *a, size_t item);
void oct_window_max_f32_avx2(const oct_window_args *a, size_t item);
void oct_window_max_u8_avx2(const oct_window_args *a, size_t item);
void oct_window_max_i8_avx2(const oct_window_args *a, size_t item);
void oct_window_max_u16_avx2(const oct_window_args *a, size_t item);
void oct_window_max_i16_avx2(const oct_window_args *a, size_t item);
void oct_window_average_f32_avx2(const oct_window_args *a, size_t item);

#endif
