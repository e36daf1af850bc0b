/* conv_f32_plan.h: how conv_f32_dense cuts one convolution: panels of output channels, blocks of rows, boxes of taps.
 * Everything follows from the shape and the level's tiles alone, never from data or thread count.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_CONV_F32_PLAN_H
#define OCT_CONV_F32_PLAN_H

#include <stdbool.h>

#include "kernels/conv_f32_border.h"
#include "kernels/conv_f32_dense.h"

/* The positions below n_outputs whose tap `tap` falls inside [0, size). */
oct_conv_span oct_conv_axis_outputs(const oct_conv_axis *axis, int64_t tap, int64_t n_outputs);

typedef struct oct_conv_f32_plan {
    oct_conv_f32_shape s; /* a 1x1 over dense pixels has become N = W = OW = 1, H = OH = all pixels */
    oct_conv_axis h, w;
    int64_t ICG, OCG, K;  /* of one group; K = taps of an output */
    int64_t nv, last_nv;  /* vectors of a panel, and of the last one of each group */
    int64_t width;        /* floats: nv * vl */
    int64_t n_panels;     /* of one group */
    int64_t n_h_classes, n_w_classes; /* border classes with a bias of their own; 1 and 1 without class_bias */
    int64_t panel_size, group_size; /* floats, packed: a panel is bias[n_h_classes][n_w_classes][width],
                                       w[KH][KW][ICG][width] */
    int64_t row_unit, n_row_blocks; /* output rows that stay together; blocks of one image */
    int64_t panels, n_panel_blocks; /* panels of an item, counted through all groups */
    bool rows_outer;      /* item order: row blocks outermost (weights stay in cache), else panels */
    bool by_tap;          /* one box of taps per (kh, kw), sums resting in y: small images with many channels */
} oct_conv_f32_plan;

void oct_conv_f32_plan_init(oct_conv_f32_plan *p, const oct_conv_f32_tiles *tiles, const oct_conv_f32_shape *s);

/* The output rows of a block: all blocks of an image have nearly the same number. */
oct_conv_span oct_conv_f32_plan_rows(const oct_conv_f32_plan *p, int64_t block);

#endif
