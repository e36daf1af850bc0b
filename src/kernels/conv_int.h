/* conv_int.h: convolution of 8-bit integers in NHWC, exact, with or without requantization; a matrix product is the
 * same with one row of pixels. Called for QLinearConv, ConvInteger, QLinearMatMul, MatMulInteger.
 * Law: docs/arithmetic.md.
 *
 *   acc[n,oh,ow,oc] = bias[oc] + sum over in-bounds taps of (x - x_zero) * (w[oc] - w_zero[oc])
 *   y = acc as int32, or clamp(round_half_even(float(acc) * mult[oc]) + y_zero), mult = x_scale * w_scale[oc] / y_scale
 *   (each operation rounded to float32, as ONNX Runtime does: networks made for it flip classes on one rounding; or, for what we
 *   quantize, in double and rounded once)
 *
 * Two passes: `widen` writes x - x_zero as int16 into an image with its padding, `run` multiplies pairs of int16 into
 * int32. 255*255*K + |bias| < 2^31 is the caller's promise; shapes beyond set `wide` and are summed in int64, whose low
 * 32 bits are the int32 result. All levels and thread counts return equal bits.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_CONV_INT_H
#define OCT_CONV_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cpu.h"

/* 16 bits: kernels/conv_u16.h */
typedef enum oct_conv_int_out {
    OCT_CONV_INT_I32 = 0,
    OCT_CONV_INT_U8,
    OCT_CONV_INT_I8,
    OCT_CONV_INT_U16,
    OCT_CONV_INT_I16
} oct_conv_int_out;

/* Plain data: part of saved programs. All counts >= 1. */
typedef struct oct_conv_int_shape {
    int32_t N, H, W, C, OH, OW, OC, KH, KW, G; /* C = G*ICG, OC = G*OCG */
    int32_t stride_h, stride_w, dilation_h, dilation_w, pad_top, pad_left;
    int32_t x_signed, w_signed; /* int8 instead of uint8 */
    int32_t x_zero_per_column;  /* x_zero has one entry for each W instead of one */
    int32_t out;                /* oct_conv_int_out */
    int32_t wide;               /* conv_int: sums in int64 */
    int32_t wide_weights;       /* conv_u8s8, conv_u16: some w - w_zero is no int8 */
    int32_t tile; /* conv_u8s8: how a dense convolution is cut (oct_conv_u8s8_tile_name); 0 or no tiling of it: the default */
    int32_t x_pitch, y_pitch, r_pitch; /* conv_u8s8: bytes from pixel to pixel of x, y and a residual; 0: no gaps */
} oct_conv_int_shape;

/* Bytes of a result. */
static inline int64_t oct_conv_int_y_size(const oct_conv_int_shape *s)
{
    return s->out == OCT_CONV_INT_I32 ? (int64_t)sizeof(int32_t) : 1;
}

/* Where the packed constants come from; arrays at any address. */
typedef struct oct_conv_int_weights {
    const uint8_t *w;           /* (o, i, kh, kw) at o*stride_o + i*stride_i + kh*KW + kw; i < ICG */
    int64_t stride_o, stride_i;
    const uint8_t *w_zero;      /* of w's type; NULL: 0 */
    const void *bias;           /* int32 [OC]; NULL: 0 */
    const void *x_scale, *y_scale, *w_scale; /* float; unused for int32 results */
    bool zero_per_oc, scale_per_oc;
    bool double_mult;           /* mult is computed in double and rounded once */
} oct_conv_int_weights;

/* Packed: bias int32 [OC'], mult float [OC'], weights int16, w_zero subtracted:
 * dense      [G][OCG'/16][KH][KW][ICG'/2][16 oc][2 ic]   OCG' = OCG rounded up to 16, ICG' = ICG rounded up to 2
 * depthwise  [taps/2][OC'/16][16 oc][2 taps]              OC' = OC rounded up to 16, the sixteen in the order 0-3, 8-11,
 *                                                         4-7, 12-15; taps = KH*KW rounded up to 2
 * The rounding is filled with zeros. */
size_t oct_conv_int_packed_size(const oct_conv_int_shape *s);
void oct_conv_int_pack(void *dst, const oct_conv_int_shape *s, const oct_conv_int_weights *w);

/* Bytes of the widened image [N][HP][WP][channels'] int16. */
size_t oct_conv_int_image_size(const oct_conv_int_shape *s);

typedef struct oct_conv_int_args {
    const oct_conv_int_shape *shape;
    const uint8_t *x;      /* [N,H,W,C] */
    const uint8_t *x_zero; /* NULL: 0 */
    int16_t *image;        /* written by widen, read by run; 64-byte aligned */
    const void *packed;    /* 64-byte aligned */
    const uint8_t *y_zero; /* NULL: 0 */
    void *y;               /* [N,OH,OW,OC]; must not overlap x */
} oct_conv_int_args;

typedef struct oct_conv_int {
    void (*widen)(const oct_conv_int_args *a, size_t item); /* oct_conv_int_n_pieces items */
    void (*run)(const oct_conv_int_args *a, size_t item);   /* oct_conv_int_n_items items, after all of widen */
    const char *name;
} oct_conv_int;

size_t oct_conv_int_n_pieces(const oct_conv_int_shape *s);
size_t oct_conv_int_n_items(const oct_conv_int_shape *s);
const oct_conv_int *oct_conv_int_select(oct_cpu_level level, const oct_conv_int_shape *s);

extern const oct_conv_int oct_conv_int_ref, oct_conv_int_avx2;

#endif
