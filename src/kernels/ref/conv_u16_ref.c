/* Convolution of 16-bit images, level ref: the formula of conv_u16.h, position by position.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/compiler.h"
#include "kernels/conv_u16_plan.h"

/* Packed: a source. */
typedef struct layout {
    const int64_t *bias; /* [classes][OC] */
    const float *mult;   /* [OC] */
    const int8_t *bytes; /* weights [OC][KH*KW][ICG] */
    const int16_t *words;
} layout;

static layout get_layout(const oct_conv_u8s8_geometry *g, const void *packed)
{
    layout l = {.bias = packed};
    l.mult = (const float *)(const void *)(l.bias + g->n_h * g->n_w * g->s.OC);
    l.bytes = (const int8_t *)(l.mult + g->s.OC);
    l.words = (const int16_t *)(const void *)l.bytes;
    return l;
}

static void pack(void *dst, const oct_conv_int_shape *s, const oct_conv_u16_weights *w)
{
    const oct_conv_u8s8_geometry g = oct_conv_u8s8_get_geometry(s);
    int64_t *bias = dst, OC = s->OC;
    float *mult = (float *)(void *)(bias + g.n_h * g.n_w * OC);
    int8_t *bytes = (int8_t *)(mult + OC);
    int16_t *words = (int16_t *)(void *)bytes;
    for (int64_t o = 0, at = 0; o < OC; o++) {
        oct_conv_u16_class_biases(bias + o, OC, &g, w, o, false);
        mult[o] = oct_conv_u16_mult(&g, w, o);
        for (int64_t tap = 0; tap < (int64_t)s->KH * s->KW; tap++)
            for (int64_t i = 0; i < g.ICG; i++, at++)
                if (s->wide_weights)
                    words[at] = (int16_t)oct_conv_u16_weight(&g, w, o, i, tap);
                else
                    bytes[at] = (int8_t)oct_conv_u16_weight(&g, w, o, i, tap);
    }
}

static size_t n_items(const oct_conv_int_shape *s)
{
    return (size_t)s->N * (size_t)s->OH;
}

/* Output channel oc at one position of the image x. */
static int64_t sum_position(const oct_conv_u8s8_geometry *g, const layout *l, const uint16_t *x, int64_t oh, int64_t ow,
                            int64_t oc)
{
    const oct_conv_int_shape *s = &g->s;
    const oct_conv_span rows = oct_conv_axis_taps(&g->h, oh), cols = oct_conv_axis_taps(&g->w, ow);
    const uint16_t flip = s->x_signed ? 0x8000 : 0;
    int64_t sum = 0;
    for (int64_t kh = rows.begin; kh < rows.end; kh++)
        for (int64_t kw = cols.begin; kw < cols.end; kw++) {
            const int64_t ih = oh * s->stride_h - s->pad_top + kh * s->dilation_h;
            const int64_t iw = ow * s->stride_w - s->pad_left + kw * s->dilation_w;
            const uint16_t *pixel = x + (ih * s->W + iw) * s->C + oc / g->OCG * g->ICG;
            const int64_t at = (oc * s->KH * s->KW + kh * s->KW + kw) * g->ICG;
            for (int64_t i = 0; i < g->ICG; i++)
                sum += (int64_t)(pixel[i] ^ flip) * (s->wide_weights ? l->words[at + i] : l->bytes[at + i]);
        }
    return sum;
}

static void run(const oct_conv_u16_args *a, size_t item)
{
    const oct_conv_u8s8_geometry g = oct_conv_u8s8_get_geometry(a->shape);
    const layout l = get_layout(&g, a->packed);
    const oct_conv_u16_out out = oct_conv_u16_get_out(a);
    const int64_t row = (int64_t)item, OC = g.s.OC;
    /* rows of the shape may be merged pixels of the geometry: count positions through both */
    for (int64_t i = row * a->shape->OW; i < (row + 1) * a->shape->OW; i++) {
        const int64_t ow = i % g.s.OW, oh = i / g.s.OW % g.s.OH, image = i / g.s.OW / g.s.OH;
        const int64_t class = oct_conv_axis_class(&g.h, oh) * g.n_w + oct_conv_axis_class(&g.w, ow);
        const uint16_t *x = a->x + image * g.s.H * g.s.W * g.s.C;
        for (int64_t oc = 0; oc < OC; oc++) {
            const int64_t acc = l.bias[class * OC + oc] + sum_position(&g, &l, x, oh, ow, oc);
            a->y[i * OC + oc] = oct_conv_u16_requant(acc, l.mult[oc], &out);
        }
    }
}

static const char *describe(const oct_conv_int_shape *s)
{
    if (oct_conv_u8s8_is_depthwise(s))
        return s->wide_weights ? "ref u16s16 depthwise" : "ref u16s8 depthwise";
    return s->wide_weights ? "ref u16s16" : "ref u16s8";
}

const oct_conv_u16 oct_conv_u16_ref = {describe, oct_conv_u16_source_size, pack, n_items, run};
