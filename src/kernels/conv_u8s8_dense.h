/* conv_u8s8_dense.h: how a SIMD level computes a dense or grouped convolution of uint8 with int8.
 *
 * Output channels are cut into panels of NV vectors, output positions into rectangles that see the same taps, those into
 * tiles of P positions x NV vectors whose sums stay in registers. Four input channels of one tap make a quad: the tile
 * repeats the quad of a position in all lanes and multiplies it with the quads of the panel's channels.
 *
 *   packed   panels, each: bias int32 [classes][width], mult float [width], shift int32 [width] if there are shifts,
 *            weights [KH][KW][quads][width][4]
 *   width    NV * vl; channels beyond the group's are zeros
 *   weights  int8, channel-major; or int16 with the even bytes of a quad first: [width][w0 w2], [width][w1 w3], so that
 *            x & 0xff00ff and x >> 8 & 0xff00ff are their partners in vpmaddwd
 *
 * Weights that do not fit int8 have a shift per channel where weights are int8: w = packed + shift, so that
 * acc += shift * (sum of the x under the taps), which a pass over the positions computes beforehand.
 *
 * If the input channels of a group are no multiple of four, the last quad overlaps the one before and has zero weights for
 * what was there. Fewer than four channels have nothing before: their quad reads up to three bytes of what follows, and
 * positions where that is outside the image are left to plain C.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_CONV_U8S8_DENSE_H
#define OCT_CONV_U8S8_DENSE_H

#include "kernels/conv_u8s8_plan.h"

#define OCT_CONV_U8S8_MAX_P 14
#define OCT_CONV_U8S8_MAX_NV 4

typedef struct oct_conv_u8s8_tile {
    const uint8_t *x; /* first quad of the first position */
    int64_t x_step;   /* from position to position */
    uint8_t *y;       /* first output of the first position */
    int64_t y_step;
    int64_t n_tiles;  /* tiles side by side */
    const void *w;
    int64_t n_rows, n_cols, x_row, x_col; /* runs of quads and the distances between them */
    int64_t n_bytes;  /* of a run: at least 1; quads at 0, 4, .., the last one at max(0, n_bytes - 4) */
    int64_t w_row;    /* quads of weights to skip after a row of runs */
    const int32_t *bias;
    const float *mult;
    const int32_t *shift; /* NULL: none */
    const int32_t *sums;  /* with shifts: of each position */
    int64_t n_oc;         /* channels to store */
    oct_conv_u8s8_out out;
    int32_t x_signed;
} oct_conv_u8s8_tile;

typedef void (*oct_conv_u8s8_tile_fn)(const oct_conv_u8s8_tile *t);
/* sums[i] = sum of the x under the taps of position i */
typedef void (*oct_conv_u8s8_sum_fn)(int32_t *sums, const oct_conv_u8s8_tile *t, int64_t n);

typedef struct oct_conv_u8s8_tiles {
    int32_t vl;    /* int32 in a vector */
    int32_t nv;    /* vectors of a panel where there are many positions */
    int32_t max_p[OCT_CONV_U8S8_MAX_NV + 1]; /* 0: no tiles of this width */
    bool words;    /* int16 weights */
    int64_t (*slot)(int64_t nv, int64_t c); /* where channel c of a panel lies, so that packing the results brings them
                                               into order */
    oct_conv_u8s8_tile_fn run[OCT_CONV_U8S8_MAX_NV + 1][OCT_CONV_U8S8_MAX_P + 1]; /* by NV and P */
    oct_conv_u8s8_sum_fn sum; /* NULL with int16 weights */
    const char *names[OCT_CONV_U8S8_MAX_NV + 1];
} oct_conv_u8s8_tiles;

const char *oct_conv_u8s8_dense_describe(const oct_conv_u8s8_tiles *tiles, const oct_conv_int_shape *s);
size_t oct_conv_u8s8_dense_packed_size(const oct_conv_u8s8_tiles *tiles, const oct_conv_int_shape *s);
void oct_conv_u8s8_dense_pack(const oct_conv_u8s8_tiles *tiles, void *dst, const oct_conv_int_shape *s,
                              const oct_conv_u8s8_weights *w);
size_t oct_conv_u8s8_dense_n_items(const oct_conv_u8s8_tiles *tiles, const oct_conv_int_shape *s);
void oct_conv_u8s8_dense_run(const oct_conv_u8s8_tiles *tiles, const oct_conv_u8s8_args *a, size_t item);

#endif
