/* Convolution of uint8 with int8, level ref: the formula of conv_u8s8.h, position by position.
 * SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "kernels/conv_int_plan.h"
#include "kernels/conv_u8s8_plan.h"

/* Packed: the source. */
static void pack(void *dst, const oct_conv_int_shape *s, const oct_conv_u8s8_weights *w)
{
    const oct_conv_u8s8_geometry g = oct_conv_u8s8_get_geometry(s);
    const oct_conv_u8s8_source to = oct_conv_u8s8_source_at(dst, s);
    const int64_t area = (int64_t)s->KH * s->KW;
    if (w->source) {
        memcpy(dst, w->source, oct_conv_u8s8_source_size(s));
        return;
    }
    for (int64_t o = 0; o < s->OC; o++) {
        oct_conv_u8s8_class_biases(to.bias + o, s->OC, &g, w, o);
        to.mult[o] = oct_conv_u8s8_mult(&g, w, o);
        int64_t at = o / g.OCG * area * g.ICG * g.OCG + o % g.OCG;
        for (int64_t tap = 0; tap < area; tap++)
            for (int64_t i = 0; i < g.ICG; i++, at += g.OCG) {
                const int16_t v = oct_conv_u8s8_weight(&g, w, o, i, tap);
                if (s->wide_weights)
                    ((int16_t *)to.w)[at] = v;
                else
                    ((int8_t *)to.w)[at] = (int8_t)v;
            }
    }
}

static size_t scratch_size(const oct_conv_int_shape *s)
{
    (void)s;
    return 0;
}

static size_t n_items(const oct_conv_int_shape *s)
{
    return (size_t)s->N * (size_t)s->OH;
}

/* acc[0..n) += x * w[at..at+n) */
static void add_tap(int32_t *restrict acc, int32_t x, const void *w, int64_t at, int64_t n, bool wide)
{
    const int8_t *narrow = (const int8_t *)w + at;
    const int16_t *words = (const int16_t *)w + at;
    if (wide)
        for (int64_t c = 0; c < n; c++)
            acc[c] = (int32_t)((uint32_t)acc[c] + (uint32_t)(x * words[c]));
    else
        for (int64_t c = 0; c < n; c++)
            acc[c] = (int32_t)((uint32_t)acc[c] + (uint32_t)(x * narrow[c]));
}

#define BLOCK 64

/* Channels first .. first + n - 1 of a group at one position; x: the group's first channel of the image. */
static void sum_block(int32_t *acc, const oct_conv_u8s8_geometry *g, const uint8_t *x, const void *w, int64_t at,
                      int64_t oh, int64_t ow, int64_t n)
{
    const oct_conv_int_shape *s = &g->s;
    const oct_conv_span rows = oct_conv_axis_taps(&g->h, oh), cols = oct_conv_axis_taps(&g->w, ow);
    for (int64_t kh = rows.begin; kh < rows.end; kh++)
        for (int64_t kw = cols.begin; kw < cols.end; kw++) {
            const int64_t ih = oh * s->stride_h - s->pad_top + kh * s->dilation_h;
            const int64_t iw = ow * s->stride_w - s->pad_left + kw * s->dilation_w;
            for (int64_t i = 0; i < g->ICG; i++)
                add_tap(acc, x[(ih * s->W + iw) * s->x_pitch + i] ^ oct_conv_u8s8_x_flip(s), w,
                        at + ((kh * s->KW + kw) * g->ICG + i) * g->OCG, n, s->wide_weights);
        }
}

/* All channels at one position, which is of class `class`. */
static void run_position(const oct_conv_u8s8_args *a, const oct_conv_u8s8_geometry *g, const oct_conv_u8s8_source *l,
                         int64_t image, int64_t oh, int64_t ow, int64_t class)
{
    const oct_conv_int_shape *s = &g->s;
    const oct_conv_u8s8_out out = oct_conv_u8s8_get_out(a);
    const int64_t position = (image * s->OH + oh) * s->OW + ow;
    for (int64_t group = 0; group < s->G; group++)
        for (int64_t c = 0; c < g->OCG; c += BLOCK) {
            const int64_t n = g->OCG - c < BLOCK ? g->OCG - c : BLOCK, oc = group * g->OCG + c;
            int32_t acc[BLOCK];
            memcpy(acc, l->bias + class * s->OC + oc, (size_t)n * sizeof *acc);
            sum_block(acc, g, a->x + image * s->H * s->W * s->x_pitch + group * g->ICG,
                      l->w, group * s->KH * s->KW * g->ICG * g->OCG + c, oh, ow, n);
            uint8_t *y = a->y + position * s->y_pitch + oc * oct_conv_int_y_size(s);
            if (out.is_sums)
                memcpy(y, acc, (size_t)n * sizeof *acc);
            for (int64_t i = 0; !out.is_sums && i < n; i++)
                y[i] = oct_conv_u8s8_finish(acc[i], l->mult[oc + i], out.add ? a->r[position * s->r_pitch + oc + i] : 0, &out);
        }
}

static void run(const oct_conv_u8s8_args *a, size_t first, size_t n)
{
    const oct_conv_u8s8_geometry g = oct_conv_u8s8_get_geometry(a->shape);
    const oct_conv_u8s8_source l = oct_conv_u8s8_source_at((void *)(uintptr_t)a->packed, a->shape);
    const int64_t begin = (int64_t)first, end = oct_conv_u8s8_end(first, n, (int64_t)n_items(a->shape));
    /* rows of the shape may be merged pixels of the geometry: count positions through both */
    for (int64_t i = begin * a->shape->OW; i < end * a->shape->OW; i++) {
        const int64_t ow = i % g.s.OW, oh = i / g.s.OW % g.s.OH, image = i / g.s.OW / g.s.OH;
        const int64_t class = oct_conv_axis_class(&g.h, oh) * g.n_w + oct_conv_axis_class(&g.w, ow);
        run_position(a, &g, &l, image, oh, ow, class);
    }
}

static const char *describe(const oct_conv_int_shape *s)
{
    return oct_conv_u8s8_is_depthwise(s) ? "ref u8s8 depthwise" : "ref u8s8";
}

static int tilings(const oct_conv_int_shape *s, int32_t list[OCT_CONV_U8S8_MOST_TILINGS])
{
    (void)s;
    (void)list;
    return 0;
}

const oct_conv_u8s8 oct_conv_u8s8_ref = {describe, oct_conv_u8s8_source_size, pack, NULL, scratch_size, n_items, run, tilings};
