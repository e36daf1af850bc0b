/* Convolution of uint8 with int8, level ref: the formula of conv_u8s8.h, position by position.
 * SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "kernels/conv_int_plan.h"
#include "kernels/conv_u8s8_plan.h"

/* Packed: bias int32 [classes][OC], mult float [OC], weights int8 [G][KH][KW][ICG][OCG] */
typedef struct layout {
    const int32_t *bias;
    const float *mult;
    const int8_t *w;
} layout;

static layout get_layout(const oct_conv_u8s8_geometry *g, const void *packed)
{
    layout l = {.bias = packed};
    l.mult = (const float *)(const void *)(l.bias + g->n_h * g->n_w * g->s.OC);
    l.w = (const int8_t *)(l.mult + g->s.OC);
    return l;
}

static size_t packed_size(const oct_conv_int_shape *s)
{
    const oct_conv_u8s8_geometry g = oct_conv_u8s8_get_geometry(s);
    return (size_t)s->OC * ((size_t)(g.n_h * g.n_w + 1) * 4 + (size_t)g.ICG * (size_t)s->KH * (size_t)s->KW);
}

static void pack(void *dst, const oct_conv_int_shape *s, const oct_conv_int_weights *w, int32_t x_zero)
{
    const oct_conv_u8s8_geometry g = oct_conv_u8s8_get_geometry(s);
    const int64_t area = (int64_t)s->KH * s->KW;
    int32_t *bias = dst;
    float *mult = (float *)(void *)(bias + g.n_h * g.n_w * s->OC);
    int8_t *weights = (int8_t *)(mult + s->OC);
    for (int64_t o = 0; o < s->OC; o++) {
        oct_conv_u8s8_class_biases(bias + o, s->OC, &g, w, o, x_zero);
        mult[o] = oct_conv_int_mult(s, w, o);
        int8_t *to = weights + o / g.OCG * area * g.ICG * g.OCG + o % g.OCG;
        for (int64_t tap = 0; tap < area; tap++)
            for (int64_t i = 0; i < g.ICG; i++, to += g.OCG)
                *to = (int8_t)oct_conv_int_weight(s, w, o, i, tap);
    }
}

static size_t n_items(const oct_conv_int_shape *s)
{
    return (size_t)s->N * (size_t)s->OH;
}

/* acc[0..n) += x * w[0..n) */
static void add_tap(int32_t *restrict acc, int32_t x, const int8_t *restrict w, int64_t n)
{
    for (int64_t c = 0; c < n; c++)
        acc[c] = (int32_t)((uint32_t)acc[c] + (uint32_t)(x * w[c]));
}

#define BLOCK 64

/* Channels first .. first + n - 1 of a group at one position; x: the group's first channel of the image. */
static void sum_block(int32_t *acc, const oct_conv_u8s8_geometry *g, const uint8_t *x, const int8_t *w, int64_t oh,
                      int64_t ow, int64_t n)
{
    const oct_conv_int_shape *s = &g->s;
    const oct_conv_span rows = oct_conv_axis_taps(&g->h, oh), cols = oct_conv_axis_taps(&g->w, ow);
    for (int64_t kh = rows.begin; kh < rows.end; kh++)
        for (int64_t kw = cols.begin; kw < cols.end; kw++) {
            const int64_t ih = oh * s->stride_h - s->pad_top + kh * s->dilation_h;
            const int64_t iw = ow * s->stride_w - s->pad_left + kw * s->dilation_w;
            for (int64_t i = 0; i < g->ICG; i++)
                add_tap(acc, x[(ih * s->W + iw) * s->C + i] ^ oct_conv_u8s8_x_flip(s),
                        w + ((kh * s->KW + kw) * g->ICG + i) * g->OCG, n);
        }
}

/* All channels at one position, which is of class `class`. */
static void run_position(const oct_conv_u8s8_args *a, const oct_conv_u8s8_geometry *g, const layout *l, int64_t image,
                         int64_t oh, int64_t ow, int64_t class)
{
    const oct_conv_int_shape *s = &g->s;
    const oct_conv_u8s8_out out = oct_conv_u8s8_get_out(a);
    uint8_t *y = a->y + ((image * s->OH + oh) * s->OW + ow) * s->OC;
    for (int64_t group = 0; group < s->G; group++)
        for (int64_t c = 0; c < g->OCG; c += BLOCK) {
            const int64_t n = g->OCG - c < BLOCK ? g->OCG - c : BLOCK, oc = group * g->OCG + c;
            int32_t acc[BLOCK];
            memcpy(acc, l->bias + class * s->OC + oc, (size_t)n * sizeof *acc);
            sum_block(acc, g, a->x + image * s->H * s->W * s->C + group * g->ICG,
                      l->w + group * s->KH * s->KW * g->ICG * g->OCG + c, oh, ow, n);
            for (int64_t i = 0; i < n; i++)
                y[oc + i] = oct_conv_u8s8_requant(acc[i], l->mult[oc + i], &out);
        }
}

static void run(const oct_conv_u8s8_args *a, size_t item)
{
    const oct_conv_u8s8_geometry g = oct_conv_u8s8_get_geometry(a->shape);
    const layout l = get_layout(&g, a->packed);
    const int64_t row = (int64_t)item;
    /* rows of the shape may be merged pixels of the geometry: count positions through both */
    for (int64_t i = row * a->shape->OW; i < (row + 1) * a->shape->OW; i++) {
        const int64_t ow = i % g.s.OW, oh = i / g.s.OW % g.s.OH, image = i / g.s.OW / g.s.OH;
        const int64_t class = oct_conv_axis_class(&g.h, oh) * g.n_w + oct_conv_axis_class(&g.w, ow);
        run_position(a, &g, &l, image, oh, ow, class);
    }
}

static const char *describe(const oct_conv_int_shape *s)
{
    return oct_conv_u8s8_is_depthwise(s) ? "ref u8s8 depthwise" : "ref u8s8";
}

const oct_conv_u8s8 oct_conv_u8s8_ref = {describe, packed_size, pack, n_items, run};
