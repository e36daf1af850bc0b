/* What all levels of conv_u8s8 share: border classes, their biases, range of the result, the cut of a dense convolution
 * into panels of output channels and blocks of rows.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_CONV_U8S8_PLAN_H
#define OCT_CONV_U8S8_PLAN_H

#include "kernels/conv_f32_border.h"
#include "kernels/conv_u8s8.h"
#include "quant/requant.h"

typedef struct oct_conv_u8s8_geometry {
    oct_conv_int_shape s; /* a 1x1 over all pixels has become N = W = OW = 1, H = OH = all pixels; no pitch is 0 */
    oct_conv_axis h, w;
    int64_t n_h, n_w; /* border classes of the axes */
    int64_t ICG, OCG;
} oct_conv_u8s8_geometry;

oct_conv_u8s8_geometry oct_conv_u8s8_get_geometry(const oct_conv_int_shape *s);

/* The end of items first .. first + n - 1 where there are n_items. */
static inline int64_t oct_conv_u8s8_end(size_t first, size_t n, int64_t n_items)
{
    return n < (size_t)n_items - first ? (int64_t)(first + n) : n_items;
}

/* One output channel per input channel: summed channel by channel. */
static inline bool oct_conv_u8s8_is_depthwise(const oct_conv_int_shape *s)
{
    return s->G > 1 && s->C == s->G && s->OC == s->G;
}

/* bias[class * stride] = bias of output channel oc in each class; modulo 2^32, as the sums are. */
void oct_conv_u8s8_class_biases(int32_t *bias, int64_t stride, const oct_conv_u8s8_geometry *g,
                                const oct_conv_u8s8_weights *w, int64_t oc);
float oct_conv_u8s8_mult(const oct_conv_u8s8_geometry *g, const oct_conv_u8s8_weights *w, int64_t oc);
/* Weight of output channel oc, input channel i of its group. */
int16_t oct_conv_u8s8_weight(const oct_conv_u8s8_geometry *g, const oct_conv_u8s8_weights *w, int64_t oc, int64_t i,
                             int64_t tap);

static inline int64_t oct_conv_u8s8_abs(int64_t v)
{
    return v < 0 ? -v : v;
}

/* Whether float(acc) * mult stays well inside int32 for all sums of a channel: bias_bound >= |bias| of all classes,
 * sum >= sum of |w|. Where it does not, or mult is no number, the slow stores clamp in float. */
static inline bool oct_conv_u8s8_is_bounded(int64_t bias_bound, int64_t sum, float mult)
{
    const double m = mult < 0 ? -(double)mult : (double)mult;
    return (double)(bias_bound + 255 * sum) * m < 0x1p30;
}

/* How a sum becomes a byte. Bytes are made as uint8; int8 ones by y_flip = 128 and a zero point higher by that. */
typedef struct oct_conv_u8s8_out {
    bool is_sums;         /* it does not: int32 */
    float hi;             /* largest result before the zero point is added */
    int32_t zero;
    uint8_t y_lo, y_hi;   /* smallest and largest byte */
    uint8_t y_flip;       /* what is xored to bytes in the end */
    uint8_t r_flip;       /* makes a byte of the residual a uint8, which is r_less more than r */
    int32_t add;          /* oct_conv_u8s8_add */
    bool r_first;
    oct_qrange q;         /* of the convolution's own result */
    float q_scale, r_scale, r_less, fixed;
} oct_conv_u8s8_out;

oct_conv_u8s8_out oct_conv_u8s8_get_out(const oct_conv_u8s8_args *a);

/* r: the residual's byte, if there is one. */
uint8_t oct_conv_u8s8_finish(int32_t acc, float mult, uint8_t r, const oct_conv_u8s8_out *o);

/* What is xored to a byte of the image to make it a uint8. */
static inline uint8_t oct_conv_u8s8_x_flip(const oct_conv_int_shape *s)
{
    return s->x_signed ? 128 : 0;
}

#endif
