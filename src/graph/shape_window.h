/* Sliding windows of convolution and pooling: parameter checks, auto_pad, output sizes.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_SHAPE_WINDOW_H
#define OCT_SHAPE_WINDOW_H

#include "graph/shape_check.h"

/* Where an operator's parameters lie; each points at two entries, H and W. */
typedef struct oct_window {
    int32_t *kernel, *stride, *dilation, *pad_begin, *pad_end;
    int32_t *auto_pad;
    bool *ceil_mode; /* NULL: floor */
} oct_window;

/* oct_conv_params and oct_pool_params name these fields alike. */
#define OCT_WINDOW(P, CEIL_MODE)                                                                       \
    (oct_window)                                                                                       \
    {                                                                                                  \
        .kernel = (P)->kernel, .stride = (P)->stride, .dilation = (P)->dilation,                       \
        .pad_begin = (P)->pad_begin, .pad_end = (P)->pad_end, .auto_pad = &(P)->auto_pad,              \
        .ceil_mode = (CEIL_MODE)                                                                       \
    }

/* Size of input x (N, C, [H,] W) along spatial axis a: 0 H, 1 W. H is 1 for a 1-D operator. */
int64_t oct_image_size(const oct_value *x, int a);

/* Input i is an image batch of 1 or 2 spatial dimensions with no zero-size dimension. *n_spatial, 0 where no attribute told
 * it, must agree and is set. A 1-D operator gets neutral values for H. */
octet_status oct_window_begin(oct_infer *ctx, int i, int32_t *n_spatial, const oct_window *w);

/* Ranges: kernel, stride, dilation >= 1, pads >= 0. */
octet_status oct_window_check(oct_infer *ctx, const oct_window *w);

/* (kernel - 1) * dilation + 1 along axis a */
int64_t oct_window_extent(const oct_window *w, int a);

/* Turn auto_pad into pads; then out[2] = (in + pads - extent) / stride + 1, rounded down, or up with ceil_mode except that
 * the last window starts inside the image or its left padding. An empty output is an error. */
octet_status oct_window_output(oct_infer *ctx, const oct_window *w, const oct_value *x, int64_t out[2]);

/* dims of an output of these spatial sizes with `channels` channels, the rank and batch of x */
void oct_window_dims(const oct_value *x, int64_t channels, const int64_t out[2], int64_t dims[OCTET_MAX_RANK]);

#endif
