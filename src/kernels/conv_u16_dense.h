/* conv_u16_dense.h: how a SIMD level computes a dense or grouped convolution of 16-bit images.
 *
 * Output channels are cut into panels of NV vectors, output positions into rows that see the same taps, those into tiles of
 * P positions x NV vectors. A unit is what one instruction multiplies: two or four input channels of one tap. The tile
 * repeats the unit of a position in all lanes and multiplies it with the units of the panel's channels into int32 sums in
 * registers, which it folds into int64 ones before they could overflow, after `fold` units.
 *
 *   packed   panels, each: bias int64 [classes][width], mult float [width], weights [KH][KW][units] of
 *     bytes    int8 [width][4]               for x as uint8 pairs: sum = (low bytes * w) + 256 * (high bytes * w)
 *     words    int16 [width][2]              for x - 32768 as int16
 *     halves   int16 [2][width][2]           the same, w = w0 + 256 * w1, 0 <= w0 < 256: sum = (x * w0) + 256 * (x * w1)
 *   width    NV * vl; channels beyond the group's are zeros
 *
 * If the input channels of a group are no multiple of the unit, the last unit overlaps the one before and has zero weights
 * for what was there. Fewer channels than a unit have nothing before: theirs reads beyond them, and positions where that is
 * outside the image are left to plain C.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_CONV_U16_DENSE_H
#define OCT_CONV_U16_DENSE_H

#include "kernels/conv_u16_plan.h"

#define OCT_CONV_U16_MAX_P 6
#define OCT_CONV_U16_MAX_NV 4

/* Channels of a unit; units that int32 sums take, from the largest products:
 * bytes 255 * 128 * 4 * 16384 < 2^31, words 32768 * 128 * 2 * 255 < 2^31, halves 32768 * 255 * 2 * 128 < 2^31 */
enum { OCT_CONV_U16_BYTES_UNIT = 4, OCT_CONV_U16_WORDS_UNIT = 2 };
enum { OCT_CONV_U16_BYTES_FOLD = 16384, OCT_CONV_U16_WORDS_FOLD = 255, OCT_CONV_U16_HALVES_FOLD = 128 };

typedef enum oct_conv_u16_form { OCT_CONV_U16_BYTES, OCT_CONV_U16_WORDS, OCT_CONV_U16_HALVES } oct_conv_u16_form;

typedef struct oct_conv_u16_tile {
    const uint16_t *x; /* first unit of the first position */
    int64_t x_step;    /* from position to position */
    uint16_t *y;       /* first output of the first position */
    int64_t y_step;
    int64_t P;         /* positions of a tile */
    int64_t n_tiles;   /* tiles side by side */
    const void *w;
    int64_t n_rows, n_cols, x_row, x_col; /* runs of units and the distances between them */
    int64_t n_x;       /* channels of a run: at least 1; units at 0, unit, .., the last one at max(0, n_x - unit) */
    int64_t w_row;     /* units of weights to skip after a row of runs */
    const int64_t *bias;
    const float *mult;
    int64_t n_oc;      /* channels to store */
    oct_conv_u16_out out;
    uint16_t x_flip;   /* makes x what the form wants */
} oct_conv_u16_tile;

typedef void (*oct_conv_u16_tile_fn)(const oct_conv_u16_tile *t);

typedef struct oct_conv_u16_tiles {
    oct_conv_u16_form form;
    int32_t vl;  /* channels in a vector */
    int32_t nv;  /* vectors of a panel where there are many positions */
    int32_t max_p[OCT_CONV_U16_MAX_NV + 1]; /* 0: no tiles of this width */
    oct_conv_u16_tile_fn run[OCT_CONV_U16_MAX_NV + 1]; /* by NV, 1 <= P <= max_p */
    const char *names[OCT_CONV_U16_MAX_NV + 1];
} oct_conv_u16_tiles;

const char *oct_conv_u16_dense_describe(const oct_conv_u16_tiles *tiles, const oct_conv_int_shape *s);
size_t oct_conv_u16_dense_packed_size(const oct_conv_u16_tiles *tiles, const oct_conv_int_shape *s);
void oct_conv_u16_dense_pack(const oct_conv_u16_tiles *tiles, void *dst, const oct_conv_int_shape *s,
                             const oct_conv_u16_weights *w);
size_t oct_conv_u16_dense_n_items(const oct_conv_u16_tiles *tiles, const oct_conv_int_shape *s);
void oct_conv_u16_dense_run(const oct_conv_u16_tiles *tiles, const oct_conv_u16_args *a, size_t item);

#endif
