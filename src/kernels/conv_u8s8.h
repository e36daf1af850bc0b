/* conv_u8s8.h: convolution of an 8-bit image with signed 8-bit weights in NHWC, exact and requantized; a matrix product is
 * the same with 1x1 windows. Called for QLinearConv and QLinearMatMul whose weights are known. Law: docs/arithmetic.md.
 *
 *   acc[n,oh,ow,oc] = bias[class][oc] + sum over in-bounds taps of x * w[oc]
 *   y = acc as int32, or clamp(round_half_even(float(acc) * mult[oc]) + y_zero), mult = x_scale * w_scale[oc] / y_scale as
 *   conv_int.h has it
 *   bias[class][oc] = bias[oc] - x_zero * (sum of the w[oc] that are in bounds)
 *
 * where class is that of the position (oh, ow), see conv_f32_border.h, and w = w - w_zero of the file: -128..127, with
 * wide_weights -255..254. An int8 image is read as x ^ 128 = x + 128, its zero point moves along. So the image stays as it
 * lies: no pass over it, no padding. The results are conv_int's, bit for bit, which takes all that this family does not. All
 * levels and thread counts agree. Pixels may lie further apart than their channels (x_pitch, y_pitch, r_pitch of the
 * shape): a result can be part of a wider one.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_CONV_U8S8_H
#define OCT_CONV_U8S8_H

#include "kernels/conv_int.h"
#include "quant/requant.h"

/* What a convolution is made of, whatever the level: the packed form of level ref. In this order, without gaps:
 * bias int32 [classes][OC], mult float [OC], w int8 (with wide_weights int16) [G][KH][KW][ICG][OCG]. The biases hold all
 * that depends on zero points, or on the mean of pixels, and on which taps are in bounds. */
typedef struct oct_conv_u8s8_source {
    int32_t *bias;
    float *mult;
    void *w;
    int64_t n_classes;
} oct_conv_u8s8_source;

/* The parts of a source that starts at `at`, 4-byte aligned; its bytes. */
oct_conv_u8s8_source oct_conv_u8s8_source_at(void *at, const oct_conv_int_shape *s);
size_t oct_conv_u8s8_source_size(const oct_conv_int_shape *s);

/* Where pack takes the weights from: a source, or, if that is NULL, a file's. */
typedef struct oct_conv_u8s8_weights {
    const void *source;
    const oct_conv_int_weights *file;
    int32_t x_zero; /* of the file */
} oct_conv_u8s8_weights;

/* Whether this family computes the shape: results of 8 bits or, unless depthwise, sums of 32 without gaps; one zero point for
 * the image, and not so large a kernel that every position is a border class of its own. */
bool oct_conv_u8s8_takes(const oct_conv_int_shape *s);

/* What else happens to a result on its way to memory; all zeros: nothing. Plain data: part of saved programs.
 *
 *   ADD_ROUNDED  q = saturate(round_half_even(float(acc) * mult[oc]) + q_zero), a number of y's type, and then as
 *                kernels/qlinear.h adds: y = saturate(round_half_even(fma(q, q_scale, fma(r, r_scale, fixed)))), or, with
 *                r_first, fma(r, r_scale, fma(q, q_scale, fixed)); `fixed` holds all zero points, y_zero is not used
 *   ADD_EXACT    y = saturate(round_half_even(fma(float(acc), mult[oc], fma(r, r_scale, fixed))) + y_zero)
 *   clamps       y = max(lo, min(hi, y)) in the end
 *
 * r, and in ADD_ROUNDED q and the sum y, are numbers of 0..255, or of -128..127 where r_numbers is not OCT_NUMBERS_U8; a y of the
 * other type is the byte with its highest bit flipped. */
typedef enum oct_conv_u8s8_add {
    OCT_CONV_U8S8_NO_ADD = 0,
    OCT_CONV_U8S8_ADD_ROUNDED,
    OCT_CONV_U8S8_ADD_EXACT
} oct_conv_u8s8_add;

typedef struct oct_conv_u8s8_store {
    int32_t add; /* oct_conv_u8s8_add */
    int32_t r_numbers; /* oct_numbers */
    int32_t r_first, q_zero;
    float q_scale, r_scale, fixed;
    int32_t clamps, lo, hi; /* lo <= hi, of y's type */
} oct_conv_u8s8_store;

typedef struct oct_conv_u8s8_args {
    const oct_conv_int_shape *shape;
    const uint8_t *x;   /* [N,H,W,C]; nothing outside is read */
    const void *packed; /* made by the same record's pack; 64-byte aligned */
    int32_t y_zero;
    uint8_t *y; /* [N,OH,OW,OC], also if they are int32; must not overlap x */
    const oct_conv_u8s8_store *store; /* NULL: nothing else; int32 results have none */
    const uint8_t *r;                 /* with an add: the residual, [N,OH,OW,OC]; may be y itself */
    void *scratch;                    /* scratch_size bytes, 64-byte aligned, owned by the calling worker */
} oct_conv_u8s8_args;

/* Values of a shape's `tile`: vectors of a panel, and whether an item takes all panels over a few positions, which stay in L1,
 * or one panel over many positions, whose weights do. No result depends on it. */
#define OCT_CONV_U8S8_TILE_ALL 8
#define OCT_CONV_U8S8_MOST_TILINGS 6 /* that serve a shape at one level */

/* "1-one" .. "4-all"; NULL: no such tiling. */
const char *oct_conv_u8s8_tile_name(int32_t tile);

/* One level: code and layout cannot disagree. Each function chooses the algorithm from the shape alone.
 * pack: every w lies in the range above, and 255*K*max|w| + |bias| < 2^31. */
typedef struct oct_conv_u8s8 {
    const char *(*describe)(const oct_conv_int_shape *s);  /* "avx512vnni 14x32", "avx2 u8s8 depthwise", ... */
    size_t (*packed_size)(const oct_conv_int_shape *s);
    void (*pack)(void *dst, const oct_conv_int_shape *s, const oct_conv_u8s8_weights *w);
    /* Whether a packed constant that somebody else may have made keeps run inside image and scratch; NULL: any does. */
    bool (*check)(const void *packed, const oct_conv_int_shape *s);
    size_t (*scratch_size)(const oct_conv_int_shape *s);   /* bytes per worker; may be 0 */
    size_t (*n_items)(const oct_conv_int_shape *s);        /* independent pieces of work, >= 1 */
    /* Items first .. first + n - 1, as far as there are so many: any order, any thread, each item once. */
    void (*run)(const oct_conv_u8s8_args *a, size_t first, size_t n);
    /* The values of s->tile that cut the shape in other ways than the default and than each other; their number. */
    int (*tilings)(const oct_conv_int_shape *s, int32_t tiles[OCT_CONV_U8S8_MOST_TILINGS]);
} oct_conv_u8s8;

/* The record of a level (a level without code of its own has that of the next lower one). */
const oct_conv_u8s8 *oct_conv_u8s8_select(oct_cpu_level level);

extern const oct_conv_u8s8 oct_conv_u8s8_ref, oct_conv_u8s8_avx2, oct_conv_u8s8_avx512vnni;

#endif
