/* conv_u8s8_dw.h: how a SIMD level computes a depthwise convolution of uint8 with int8: `block` channels of one position
 * after the other, `group` taps at once. The bytes of a group of taps are interleaved channel by channel, so that one
 * instruction multiplies and adds them.
 *
 *   packed   blocks of channels, each: bias int32 [classes][block], mult float [block], weights [taps / group][block][group],
 *            int32 how many multipliers are not bounded
 *
 * Weights that do not fit int8 are two taps at the same place where weights are int8, w = first + second; all second ones
 * stand behind the first ones. Channels and taps that are none have zeros; taps outside the image are masked.
 *
 * Lines: kernels of 3 x 3 with stride 1 or 2 from column to column go through whole rows of output, columns of the image
 * slide through registers. Their taps are in an order of the level's own (line_taps). The last block, if it has few
 * channels, holds `copies` of them one after the other, each block / copies wide, for as many lines at once.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_CONV_U8S8_DW_H
#define OCT_CONV_U8S8_DW_H

#include "kernels/conv_u8s8_plan.h"

#define OCT_CONV_U8S8_DW_TAPS 128 /* of the kernels that are taken; the rest is a grouped convolution */
#define OCT_CONV_U8S8_DW_OUTSIDE INT64_MIN
#define OCT_CONV_U8S8_DW_COPIES 4
#define OCT_CONV_U8S8_DW_BLOCK 64
#define OCT_CONV_U8S8_DW_POSITIONS 128 /* most ones of a line; even */
#define OCT_CONV_U8S8_DW_MOST_LEFT_RIGHT 8 /* border classes of a row of three taps */

/* n_positions side by side, which see the same taps. */
typedef struct oct_conv_u8s8_dw_row {
    const uint8_t *x;   /* first channel of the block; the tap t of the first position is at x[offset[t]] */
    const int64_t *offset; /* of n_taps; OUTSIDE: none */
    int64_t n_taps;
    int64_t x_step;     /* from position to position */
    uint8_t *y;
    const uint8_t *r;   /* residual, if there is one */
    int64_t y_step, r_step, n_positions;
    int64_t n_channels; /* of the block: 1..block */
    bool all_inside;    /* no tap is outside */
    const int32_t *bias;
    const float *mult;
    const void *w;
    oct_conv_u8s8_out out;
    uint8_t x_flip;
} oct_conv_u8s8_dw_row;

/* A row of output: the rows of the image under it, channel 0 of column 0; of a row outside, one that is inside. */
typedef struct oct_conv_u8s8_dw_line {
    const uint8_t *x[3];
    uint32_t inside;  /* byte k is 255 where row k is inside, else 0 */
    int32_t class;    /* of its first column */
    uint8_t *y;       /* first position */
    const uint8_t *r; /* residual, if there is one, else y */
} oct_conv_u8s8_dw_line;

/* n_positions of n_lines rows of output, `copies` of them side by side. */
typedef struct oct_conv_u8s8_dw_lines {
    const oct_conv_u8s8_dw_line *lines; /* n_lines, and copies of the last one to a multiple of `copies` */
    int64_t n_lines, copies, n_positions;
    int64_t x_step, y_step, r_step;     /* from column to column; r_step is 0 without a residual */
    int64_t col, W, stride; /* first column of the first position's taps, columns of the image */
    int64_t channel, n_channels; /* of the block */
    const int32_t *bias, *classes; /* biases of position p at bias + (class of the line + classes[p]) * block */
    int64_t n_classes;             /* of columns, at most MOST_LEFT_RIGHT */
    const float *mult;
    bool bounded; /* all of them */
    const void *w;
    oct_conv_u8s8_out out;
    uint8_t x_flip;
} oct_conv_u8s8_dw_lines;

typedef struct oct_conv_u8s8_dw {
    int32_t block, group;
    int32_t most_copies;  /* 1, 2 or 4 */
    bool words;           /* int16 weights */
    int64_t (*slot)(int64_t c);
    void (*run)(const oct_conv_u8s8_dw_row *r);
    void (*run_lines)(const oct_conv_u8s8_dw_lines *l);
    int32_t line_taps[9]; /* where the taps of 3 x 3 are, of line_size, a multiple of group */
    int32_t line_size;
} oct_conv_u8s8_dw;

static inline bool oct_conv_u8s8_dw_takes(const oct_conv_int_shape *s)
{
    return oct_conv_u8s8_is_depthwise(s) && (int64_t)s->KH * s->KW * (s->wide_weights ? 2 : 1) <= OCT_CONV_U8S8_DW_TAPS;
}

size_t oct_conv_u8s8_dw_packed_size(const oct_conv_u8s8_dw *d, const oct_conv_int_shape *s);
void oct_conv_u8s8_dw_pack(const oct_conv_u8s8_dw *d, void *dst, const oct_conv_int_shape *s,
                           const oct_conv_u8s8_weights *w);
size_t oct_conv_u8s8_dw_n_items(const oct_conv_u8s8_dw *d, const oct_conv_int_shape *s);
void oct_conv_u8s8_dw_run(const oct_conv_u8s8_dw *d, const oct_conv_u8s8_args *a, size_t first, size_t n);

#endif
