/* conv_u16.h: convolution of a 16-bit image with weights of 8 or 16 bits in NHWC, exact and requantized; a matrix product
 * is the same with 1x1 windows. Called for QLinearConv and QLinearMatMul on 16 bits. Law: docs/arithmetic.md.
 *
 *   acc[n,oh,ow,oc] = bias[class][oc] + sum over in-bounds taps of x * w[oc]      in int64
 *   y = clamp(round_half_even(double(acc) * double(mult[oc])) + y_zero)
 *   mult = float(x_scale * w_scale[oc] / y_scale), computed in double
 *   bias[class][oc] = bias[oc] - x_zero * (sum of the w[oc] that are in bounds)
 *
 * where class is that of the position (oh, ow), see conv_f32_border.h, and w = w - w_zero of the file. An int16 image is
 * read as x ^ 0x8000 = x + 32768, its zero point moves along. With K <= 2^19 terms of at most 65535 * 32768 and |bias| <
 * 2^31, every acc is below 2^51, so its conversion to double is exact and double(acc) * double(mult) is rounded once: all
 * levels and thread counts return equal bits.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_CONV_U16_H
#define OCT_CONV_U16_H

#include <octet/octet.h>

#include "kernels/conv_int.h"

#define OCT_CONV_U16_MAX_K (1 << 19)

/* Of the shape's types count: x_signed (int16 instead of uint16), out (U16, I16), wide_weights (int16 instead of int8).
 * Whether this family computes it: results of 16 bits, one zero point for the image, no pitches, no more than 2^19 terms, and not so
 * large a kernel that every position is a border class of its own. */
bool oct_conv_u16_takes(const oct_conv_int_shape *s);

/* Where a file's constants are; arrays at any address. */
typedef struct oct_conv_u16_file {
    const void *w;              /* (o, i, kh, kw) at o*stride_o + i*stride_i + kh*KW + kw; i < ICG */
    octet_dtype dtype;          /* of w and w_zero: U8, I8, U16, I16 */
    int64_t stride_o, stride_i; /* in elements */
    const void *w_zero;         /* NULL: 0 */
    const void *bias;           /* int32 [OC]; NULL: 0 */
    const void *x_scale, *y_scale, *w_scale; /* float */
    bool zero_per_oc, scale_per_oc;
    int32_t x_zero;
} oct_conv_u16_file;

/* Where pack takes the weights from: a source, or, if that is NULL, a file's. A source is what a convolution is made of,
 * whatever the level: the packed form of level ref. In this order, without gaps, 8-byte aligned: bias int64 [classes][OC],
 * mult float [OC], w int8 (with wide_weights int16) [OC][KH*KW][ICG].
 * Every w - w_zero lies in -128..127, with wide_weights in -32768..32767. */
typedef struct oct_conv_u16_weights {
    const void *source;
    const oct_conv_u16_file *file;
} oct_conv_u16_weights;

size_t oct_conv_u16_source_size(const oct_conv_int_shape *s);
int64_t oct_conv_u16_n_biases(const oct_conv_int_shape *s); /* of a source */

typedef struct oct_conv_u16_args {
    const oct_conv_int_shape *shape;
    const uint16_t *x;  /* [N,H,W,C]; nothing outside is read */
    const void *packed; /* made by the same record's pack; 64-byte aligned */
    int32_t y_zero;
    uint16_t *y; /* [N,OH,OW,OC]; must not overlap x */
} oct_conv_u16_args;

/* One level: code and layout cannot disagree. Each function chooses the algorithm from the shape alone. */
typedef struct oct_conv_u16 {
    const char *(*describe)(const oct_conv_int_shape *s); /* "avx512vnni u16s8 3x64", "avx2 u16s16 depthwise", ... */
    size_t (*packed_size)(const oct_conv_int_shape *s);
    void (*pack)(void *dst, const oct_conv_int_shape *s, const oct_conv_u16_weights *w);
    size_t (*n_items)(const oct_conv_int_shape *s);       /* independent pieces of work, >= 1 */
    void (*run)(const oct_conv_u16_args *a, size_t item); /* any order, any thread, each item once */
} oct_conv_u16;

/* The record of a level (a level without code of its own has that of the next lower one). */
const oct_conv_u16 *oct_conv_u16_select(oct_cpu_level level);

extern const oct_conv_u16 oct_conv_u16_ref, oct_conv_u16_avx2, oct_conv_u16_avx512vnni;

#endif
