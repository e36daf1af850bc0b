/* conv_u16_dw.h: how a SIMD level computes a depthwise convolution of 16-bit images: 16 channels of one position after the
 * other, two taps at once. The words of two taps are interleaved channel by channel, so that one instruction multiplies and
 * adds them.
 *
 *   packed   blocks of 16 channels, each: bias int64 [classes][16], mult float [16], weights of x - 32768 as int16:
 *     int16 [taps / 2][parts][16][2], the sixteen in the order 0-3, 8-11, 4-7, 12-15, in which unpacking two vectors
 *     within their halves puts them; 16-bit weights are two parts as in conv_u16_dense.h
 *
 * Channels and taps that are none have zeros; taps outside the image are masked. With 128 taps at most no int32 sum
 * overflows: 128 * 32768 * 255 < 2^31.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_CONV_U16_DW_H
#define OCT_CONV_U16_DW_H

#include "kernels/conv_u16_plan.h"

#define OCT_CONV_U16_DW_TAPS 128 /* of the kernels that are taken; the rest is a grouped convolution */
#define OCT_CONV_U16_DW_BLOCK 16
#define OCT_CONV_U16_DW_OUTSIDE INT64_MIN

/* n_positions side by side, which see the same taps. */
typedef struct oct_conv_u16_dw_row {
    const uint16_t *x;     /* first channel of the block; tap t of the first position is at x[offset[t]] */
    const int64_t *offset; /* of 2 * n_pairs taps; OUTSIDE: none */
    int64_t n_pairs;
    int64_t x_step;        /* from position to position */
    uint16_t *y;
    int64_t y_step, n_positions;
    int64_t n_channels;    /* of the block: 1..16 */
    const int64_t *bias;
    const float *mult;
    const int16_t *w;
    bool wide_weights;          /* two parts */
    oct_conv_u16_out out;
    uint16_t x_flip;
} oct_conv_u16_dw_row;

typedef void (*oct_conv_u16_dw_fn)(const oct_conv_u16_dw_row *r);

static inline bool oct_conv_u16_dw_takes(const oct_conv_int_shape *s)
{
    return oct_conv_u8s8_is_depthwise(s) && (int64_t)s->KH * s->KW <= OCT_CONV_U16_DW_TAPS;
}

size_t oct_conv_u16_dw_packed_size(const oct_conv_int_shape *s);
void oct_conv_u16_dw_pack(void *dst, const oct_conv_int_shape *s, const oct_conv_u16_weights *w);
size_t oct_conv_u16_dw_n_items(const oct_conv_int_shape *s);
void oct_conv_u16_dw_run(oct_conv_u16_dw_fn fn, const oct_conv_u16_args *a, size_t item);

#endif
