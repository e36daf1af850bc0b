/* conv_f32_dense.h: what the SIMD levels of conv_f32.h share for everything but depthwise layers: packing, blocking,
 * borders and the walk over tiles. A level adds its tiles: P pixels x NV vectors of output channels held in registers.
 * Design: direct convolution over NHWC without any copy of the input. A box of taps that is the same for all pixels of
 * a rectangle is one call per tile; padding taps are never visited. A sum may rest in y between two boxes of taps: it
 * is a float32 either way, so the bits do not change.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_CONV_F32_DENSE_H
#define OCT_CONV_F32_DENSE_H

#include <stdbool.h>

#include "kernels/conv_f32.h"

#define OCT_CONV_F32_MAX_P 12  /* pixels of a tile */
#define OCT_CONV_F32_MAX_NV 8  /* vectors of a tile */
#define OCT_CONV_F32_MAX_VL 16 /* floats of a vector */
#define OCT_CONV_F32_AHEAD_TAPS 8

/* One call: n_tiles tiles of P pixels, each a constant step after the one before. For p < P, o < NV*VL, with a box of
 * n_segments x n_k taps in ascending order:
 *   acc = resumes ? y[p][o] : bias[o];  for s, k: acc = fma(x[d[p] + s*x_step + k], *w++ of column o, acc)
 *   y[p][o] = clamp(add_residual ? acc + r[p][o] : acc, lo, hi)
 * All NV*VL floats of each y[p] (and r[p]) are touched. n_segments may be 0, and no x is read then. */
typedef struct oct_conv_f32_tile {
    const float *x;
    int64_t d[OCT_CONV_F32_MAX_P]; /* floats from the first pixel, d[0] = 0 */
    float *y[OCT_CONV_F32_MAX_P];
    const float *r[OCT_CONV_F32_MAX_P];
    const float *w;       /* [n_segments][n_k][NV*VL], w_skip floats skipped after each segment */
    const float *bias;    /* [NV*VL] */
    int64_t n_segments, n_k;
    int64_t x_step, w_skip;                           /* floats */
    int64_t n_tiles, x_advance, y_advance, r_advance; /* floats from tile to tile */
    const char *ahead;    /* the weights of the next box or panel: prefetched, ahead_step bytes further with every */
    int64_t ahead_step;   /* OCT_CONV_F32_AHEAD_TAPS steps of k, or what is left of n_k */
    float lo, hi;         /* infinite: no clamp */
    int32_t P;
    bool add_residual, resumes; /* resumes: y holds the sum of earlier boxes */
} oct_conv_f32_tile;

typedef void (*oct_conv_f32_tile_fn)(const oct_conv_f32_tile *t);

/* The tiles of a level: run[nv] for 1 <= P <= max_p[nv]; max_p[nv] is 0 where there is none. nv = 1, 2, 3, 4 and 8
 * exist, and max_p falls as nv grows. */
typedef struct oct_conv_f32_tiles {
    int32_t vl; /* floats of a vector */
    int32_t max_p[OCT_CONV_F32_MAX_NV + 1];
    oct_conv_f32_tile_fn run[OCT_CONV_F32_MAX_NV + 1];
} oct_conv_f32_tiles;

/* The functions of the record oct_conv_f32, with the tiles of the level. */
size_t oct_conv_f32_dense_packed_size(const oct_conv_f32_tiles *tiles, const oct_conv_f32_shape *s);
void oct_conv_f32_dense_pack(const oct_conv_f32_tiles *tiles, void *dst, const oct_conv_f32_shape *s,
                             const oct_conv_f32_weights *w);
size_t oct_conv_f32_dense_n_items(const oct_conv_f32_tiles *tiles, const oct_conv_f32_shape *s);
void oct_conv_f32_dense_input_pixels(const oct_conv_f32_tiles *tiles, const oct_conv_f32_shape *s, size_t item,
                                     int64_t *first, int64_t *n);
void oct_conv_f32_dense_run(const oct_conv_f32_tiles *tiles, const oct_conv_f32_args *a, size_t item);

#endif
