/* What all levels of conv_u16 share: weights of a file or of a source, range of the result. Geometry is that of conv_u8s8.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_CONV_U16_PLAN_H
#define OCT_CONV_U16_PLAN_H

#include "kernels/conv_u16.h"
#include "kernels/conv_u8s8_plan.h"

/* Weight of output channel oc, input channel i of its group. */
int32_t oct_conv_u16_weight(const oct_conv_u8s8_geometry *g, const oct_conv_u16_weights *w, int64_t oc, int64_t i,
                            int64_t tap);
float oct_conv_u16_mult(const oct_conv_u8s8_geometry *g, const oct_conv_u16_weights *w, int64_t oc);

/* bias[class * stride] = bias of output channel oc in each class, for x as uint16; x_words: for x - 32768 as int16, which is
 * 32768 * (sum of the weights in bounds) more. */
void oct_conv_u16_class_biases(int64_t *bias, int64_t stride, const oct_conv_u8s8_geometry *g,
                               const oct_conv_u16_weights *w, int64_t oc, bool x_words);

/* Numbers are stored as uint16; int16 ones by y_flip = 0x8000 and a zero point higher by that. */
typedef struct oct_conv_u16_out {
    double lo, hi; /* range of the result before the zero point is added */
    int32_t zero;
    uint16_t y_flip;
} oct_conv_u16_out;

static inline oct_conv_u16_out oct_conv_u16_get_out(const oct_conv_u16_args *a)
{
    const int32_t flip = a->shape->out == OCT_CONV_INT_I16 ? 0x8000 : 0, zero = a->y_zero + flip;
    return (oct_conv_u16_out){-zero, 65535 - zero, zero, (uint16_t)flip};
}

static inline uint16_t oct_conv_u16_requant(int64_t acc, float mult, const oct_conv_u16_out *o)
{
    const oct_qrange range = oct_qrange_make(0, 65535, o->zero);
    return (uint16_t)(oct_requant_wide((double)acc * (double)mult, range) ^ o->y_flip);
}

#endif
