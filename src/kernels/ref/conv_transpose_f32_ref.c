/* Transposed convolution, level ref: the formula as plain loops.
 * SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "base/compiler.h"
#include "kernels/conv_transpose_f32.h"

static float activate(float v, const oct_act *act)
{
    if (act->kind == OCT_ACT_CLAMP) {
        v = v < act->lo ? act->lo : v;
        return v > act->hi ? act->hi : v;
    }
    return act->kind == OCT_ACT_LEAKY && v < 0 ? v * act->alpha : v;
}

/* One output pixel of one group, padded channels left out. w: the group's weights. */
static void compute_pixel(const oct_conv_transpose_args *a, const float *bias, const float *w, int32_t g, int64_t row,
                          int32_t ow)
{
    const oct_conv_transpose_shape *s = a->shape;
    int32_t ICG = s->C / s->G, OCG = s->OC / s->G, n = (int32_t)(row / s->OH), oh = (int32_t)(row % s->OH);
    int64_t padded = (int64_t)oct_round_up((uint64_t)OCG, 8);
    float *y = a->y + (row * s->OW + ow) * s->OC + (int64_t)g * OCG;
    for (int32_t o = 0; o < OCG; o++)
        y[o] = bias[o];
    for (int32_t k = 0; k < s->KH * s->KW; k++) {
        int32_t ih = oct_conv_transpose_source(oh, s->pad_top, k / s->KW, s->dilation_h, s->stride_h, s->H);
        int32_t iw = oct_conv_transpose_source(ow, s->pad_left, k % s->KW, s->dilation_w, s->stride_w, s->W);
        if (ih < 0 || iw < 0)
            continue;
        const float *x = a->x + (((int64_t)n * s->H + ih) * s->W + iw) * s->C + (int64_t)g * ICG;
        for (int32_t i = 0; i < ICG; i++)
            for (int32_t o = 0; o < OCG; o++)
                y[o] = fmaf(x[i], w[((int64_t)k * ICG + i) * padded + o], y[o]);
    }
    for (int32_t o = 0; o < OCG; o++)
        y[o] = activate(y[o], &s->act);
}

void oct_conv_transpose_f32_ref(const oct_conv_transpose_args *a, size_t item)
{
    const oct_conv_transpose_shape *s = a->shape;
    int64_t padded = (int64_t)oct_round_up((uint64_t)(s->OC / s->G), 8);
    int64_t n_weights = (int64_t)s->KH * s->KW * (s->C / s->G) * padded;
    for (int32_t g = 0; g < s->G; g++) {
        const float *bias = a->packed + g * padded, *w = a->packed + s->G * padded + g * n_weights;
        for (int32_t ow = 0; ow < s->OW; ow++)
            compute_pixel(a, bias, w, g, (int64_t)item, ow);
    }
}
