/* conv_transpose_f32.h: transposed convolution in float32, NHWC. Law: docs/arithmetic.md. For each output value the
 * taps that meet it are added in ascending (kh, kw, ic), one fused multiply-add each:
 *
 *   acc = bias[oc]
 *   for kh, kw with oh + pad_top - kh*DH = ih*SH, 0 <= ih < H, and the same for w;  for ic:
 *       acc = fma(x[n, ih, iw, g*ICG + ic], w[g*ICG + ic, oc - g*OCG, kh, kw], acc)
 *   y[n,oh,ow,oc] = act(acc)
 *
 * All levels and thread counts return equal bits (a NaN stays a NaN).
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_CONV_TRANSPOSE_F32_H
#define OCT_CONV_TRANSPOSE_F32_H

#include <stddef.h>
#include <stdint.h>

#include "base/cpu.h"
#include "kernels/conv_f32.h"

/* Plain data: part of saved programs. All counts >= 1. */
typedef struct oct_conv_transpose_shape {
    int32_t N, H, W, C, OH, OW, OC, KH, KW, G; /* C = G*ICG, OC = G*OCG */
    int32_t stride_h, stride_w, dilation_h, dilation_w, pad_top, pad_left;
    oct_act act;
} oct_conv_transpose_shape;

/* Packed: bias [G][OCG'], weights [G][KH][KW][ICG][OCG'], OCG' = OCG rounded up to 8 with zeros. */
size_t oct_conv_transpose_packed_size(const oct_conv_transpose_shape *s);
/* w [C, OCG, KH, KW] dense at any address; bias [OC] or NULL. dst is written whole. */
void oct_conv_transpose_pack(float *dst, const oct_conv_transpose_shape *s, const void *w, const void *bias);

typedef struct oct_conv_transpose_args {
    const oct_conv_transpose_shape *shape;
    const float *packed, *x; /* x [N,H,W,C] */
    float *y;                /* [N,OH,OW,OC]; must not overlap x */
} oct_conv_transpose_args;

size_t oct_conv_transpose_n_items(const oct_conv_transpose_shape *s);
/* Any order, any thread, each item once. */
typedef void (*oct_conv_transpose_fn)(const oct_conv_transpose_args *a, size_t item);
oct_conv_transpose_fn oct_conv_transpose_select(oct_cpu_level level);

void oct_conv_transpose_f32_ref(const oct_conv_transpose_args *a, size_t item);
void oct_conv_transpose_f32_avx2(const oct_conv_transpose_args *a, size_t item);

/* For the levels: input row or column that tap k of output o meets; -1: none. */
static inline int32_t oct_conv_transpose_source(int32_t o, int32_t pad, int32_t k, int32_t dilation, int32_t stride,
                                                int32_t size)
{
    int64_t at = (int64_t)o + pad - (int64_t)k * dilation;
    return at >= 0 && at % stride == 0 && at / stride < size ? (int32_t)(at / stride) : -1;
}

#endif
