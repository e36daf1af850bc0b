/* Geometry that packing, widening and all levels of conv_int share.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_CONV_INT_PLAN_H
#define OCT_CONV_INT_PLAN_H

#include "kernels/conv_int.h"
#include "quant/requant.h"

#define OCT_CONV_INT_BLOCK 16 /* output channels side by side */

typedef struct oct_conv_int_plan {
    bool depthwise;
    int32_t ICG, OCG, ICP, OCP;  /* per group; ICP even, OCP a multiple of 16 (depthwise: of all channels, both) */
    int64_t pixel, row;          /* int16 from pixel to pixel and from row to row of the image */
    int64_t HP, WP;              /* its rows and columns: as many as the windows touch */
    int64_t piece;               /* columns that one item of widen writes */
    int64_t channels;            /* in bias and mult */
    int64_t taps;                /* int16 weights of one output channel, rounding included */
    const int32_t *bias;         /* parts of `packed` */
    const float *mult;
    const int16_t *w;
} oct_conv_int_plan;

oct_conv_int_plan oct_conv_int_get_plan(const oct_conv_int_shape *s, const void *packed);

/* w[o, i, tap] - w_zero[o]; bias[o]; x_scale * w_scale[o] / y_scale, which is 0 for int32 results. */
int16_t oct_conv_int_weight(const oct_conv_int_shape *s, const oct_conv_int_weights *w, int64_t o, int64_t i, int64_t tap);
int32_t oct_conv_int_bias(const oct_conv_int_weights *w, int64_t o);
float oct_conv_int_mult(const oct_conv_int_shape *s, const oct_conv_int_weights *w, int64_t o);

/* Where the weight of channel c (0..15) for tap t (0, 1) lies in a depthwise block of 16 x 2: unpacking two vectors of
 * int16 within their halves makes pairs in this order. */
static inline int oct_conv_int_depthwise_index(int c, int t)
{
    return 2 * ((c & 3) | (c & 8) >> 1 | (c & 4) << 1) + t;
}

/* One item: outputs ow0..ow1 of row oh of image n, channel blocks b0..b1 of every group. */
typedef struct oct_conv_int_item {
    int32_t n, oh, ow0, ow1, b0, b1;
} oct_conv_int_item;
oct_conv_int_item oct_conv_int_get_item(const oct_conv_int_shape *s, size_t item);

/* Range and zero point of the result. */
static inline oct_qrange oct_conv_int_range(const oct_conv_int_args *a)
{
    bool is_signed = a->shape->out == OCT_CONV_INT_I8;
    int32_t zero = !a->y_zero ? 0 : is_signed ? (int8_t)*a->y_zero : *a->y_zero;
    return is_signed ? oct_qrange_make(-128, 127, zero) : oct_qrange_make(0, 255, zero);
}

#endif
