/* Float convolution, level ref: the formula of conv_f32.h as plain loops. This is the specification that every other
 * level is compared with, bit for bit; nothing here is meant to be fast.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kernels/conv_f32_border.h"

#include <math.h>

#include "base/compiler.h"

/* packed: bias[n_biases][OC], then w[OC][KH][KW][ICG] */

static size_t taps(const oct_conv_f32_shape *s)
{
    return (size_t)s->KH * (size_t)s->KW * (size_t)(s->C / s->G);
}

static size_t n_biases(const oct_conv_f32_shape *s)
{
    return s->class_bias ? (size_t)oct_conv_f32_n_classes(s) : 1;
}

static const char *describe(const oct_conv_f32_shape *s)
{
    (void)s;
    return "ref";
}

static size_t packed_size(const oct_conv_f32_shape *s)
{
    return oct_round_up((size_t)s->OC * (n_biases(s) + taps(s)) * sizeof(float), OCT_CACHE_LINE);
}

static void pack(void *dst, const oct_conv_f32_shape *s, const oct_conv_f32_weights *w)
{
    const int64_t ICG = s->C / s->G, area = (int64_t)s->KH * s->KW;
    const int64_t n_bias = (int64_t)n_biases(s) * s->OC;
    float *bias = dst, *p = bias + n_bias;
    for (int64_t i = 0; i < n_bias; i++)
        bias[i] = w->bias ? w->bias[i] : 0.0f;
    for (int64_t o = 0; o < s->OC; o++) {
        for (int64_t t = 0; t < area; t++)
            for (int64_t i = 0; i < ICG; i++) {
                float v = oct_conv_f32_weight(w, o * w->stride_o + i * w->stride_i + t * w->stride_t);
                *p++ = w->oc_scale ? v * w->oc_scale[o] : v;
            }
    }
    for (const char *end = (const char *)dst + packed_size(s); (const char *)p < end;)
        *p++ = 0.0f; /* packed weights are saved: no undefined bytes */
    oct_conv_f32_weights_done(w, 0, (s->OC - 1) * w->stride_o + (ICG - 1) * w->stride_i + (area - 1) * w->stride_t + 1);
}

static size_t scratch_size(const oct_conv_f32_shape *s)
{
    (void)s;
    return 0;
}

static size_t n_items(const oct_conv_f32_shape *s)
{
    return (size_t)s->N * (size_t)s->OH;
}

static float activate(float v, const oct_act *act)
{
    if (act->kind == OCT_ACT_CLAMP) {
        v = v < act->lo ? act->lo : v;
        v = v > act->hi ? act->hi : v;
    } else if (act->kind == OCT_ACT_LEAKY) {
        v = v < 0.0f ? v * act->alpha : v;
    }
    return v;
}

/* Border class of output position (oh, ow); 0 where there is one bias only. */
static size_t border_class(const oct_conv_f32_shape *s, int64_t oh, int64_t ow)
{
    if (!s->class_bias)
        return 0;
    const oct_conv_axis h = oct_conv_f32_axis_h(s), w = oct_conv_f32_axis_w(s);
    return (size_t)(oct_conv_axis_class(&h, oh) * (oct_conv_axis_class(&w, s->OW - 1) + 1) + oct_conv_axis_class(&w, ow));
}

static float accumulate(const oct_conv_f32_args *a, const float *bias, int64_t n, int64_t oh, int64_t ow, int64_t oc)
{
    const oct_conv_f32_shape *s = a->shape;
    const int64_t ICG = s->C / s->G, OCG = s->OC / s->G;
    const float *w = (const float *)a->packed + n_biases(s) * (size_t)s->OC + (size_t)oc * taps(s);
    float acc = bias[oc];
    for (int64_t kh = 0; kh < s->KH; kh++)
        for (int64_t kw = 0; kw < s->KW; kw++) {
            int64_t ih = oh * s->stride_h - s->pad_top + kh * s->dilation_h;
            int64_t iw = ow * s->stride_w - s->pad_left + kw * s->dilation_w;
            if (ih < 0 || ih >= s->H || iw < 0 || iw >= s->W)
                continue;
            const float *x = a->x + ((n * s->H + ih) * s->W + iw) * s->x_pitch + oc / OCG * ICG - a->x_skip;
            for (int64_t ic = 0; ic < ICG; ic++)
                acc = fmaf(x[ic], w[(kh * s->KW + kw) * ICG + ic], acc);
        }
    return acc;
}

/* One item is one row of output pixels. */
static void run(const oct_conv_f32_args *a, size_t item)
{
    const oct_conv_f32_shape *s = a->shape;
    int64_t n = (int64_t)item / s->OH, oh = (int64_t)item % s->OH;
    for (int64_t ow = 0; ow < s->OW; ow++) {
        int64_t pixel = (int64_t)item * s->OW + ow;
        const float *bias = (const float *)a->packed + border_class(s, oh, ow) * (size_t)s->OC;
        for (int64_t oc = 0; oc < s->OC; oc++) {
            float v = accumulate(a, bias, n, oh, ow, oc);
            if (s->has_residual)
                v = v + a->residual[pixel * s->r_pitch + oc];
            a->y[pixel * s->y_pitch + oc] = activate(v, &s->act);
        }
    }
}

static void input_pixels(const oct_conv_f32_shape *s, size_t item, int64_t *first, int64_t *n)
{
    const oct_conv_axis h = oct_conv_f32_axis_h(s);
    int64_t image = (int64_t)item / s->OH, oh = (int64_t)item % s->OH, begin, end;
    oct_conv_axis_pixels(&h, oh, oh + 1, &begin, &end);
    *first = (image * s->H + begin) * s->W;
    *n = (end - begin) * s->W;
}

const oct_conv_f32 oct_conv_f32_ref = {describe, packed_size, pack, scratch_size, n_items, run, input_pixels, NULL};
