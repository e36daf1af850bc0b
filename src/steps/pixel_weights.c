/* Weights and biases of a first layer for given pixels.
 * SPDX-License-Identifier: Apache-2.0 */
#include "steps/pixel_weights.h"

#include <string.h>

#include "base/mem.h"

/* The taps in bounds of each class along an axis; their number. spans may be NULL, to count. */
static int64_t class_taps(const oct_conv_axis *axis, int64_t n_outputs, oct_conv_span *spans)
{
    int64_t n = 0;
    for (int64_t o = 0; o < n_outputs; o = oct_conv_axis_run(axis, o, n_outputs), n++)
        if (spans)
            spans[n] = oct_conv_axis_taps(axis, o);
    return n;
}

octet_status oct_pixel_weights_new(oct_pixel_weights *k, const oct_pixel_conv_step *p, octet_error *err)
{
    const oct_conv_axis h = oct_conv_f32_axis_h(&p->shape), v = oct_conv_f32_axis_w(&p->shape);
    *k = (oct_pixel_weights){.area = (int64_t)p->shape.KH * p->shape.KW, .S = p->map.source.S,
                             .n_h = class_taps(&h, p->shape.OH, NULL), .n_w = class_taps(&v, p->shape.OW, NULL)};
    const size_t n_total = (size_t)(p->shape.KH + 1) * (size_t)(p->shape.KW + 1);
    const size_t n_bytes = ((size_t)((k->S + 1) * k->area + k->n_h * k->n_w) + n_total) * sizeof(double) +
                           (size_t)(k->n_h + k->n_w) * sizeof(oct_conv_span);
    k->w = oct_malloc(n_bytes);
    if (!k->w)
        return oct_fail_memory(err, "folded weights", n_bytes);
    k->term = k->w + k->S * k->area;
    k->bias = k->term + k->area;
    k->total = k->bias + k->n_h * k->n_w;
    k->h = (oct_conv_span *)(k->total + n_total);
    k->v = k->h + k->n_h;
    class_taps(&h, p->shape.OH, k->h);
    class_taps(&v, p->shape.OW, k->v);
    return OCTET_OK;
}

void oct_pixel_weights_map(oct_pixel_weights *k, const oct_pixel_conv_step *p, const oct_pixel_conv_source *s, int64_t o)
{
    const int64_t area = k->area, S = k->S, ICG = p->model.C / p->group;
    const int64_t first = o / (p->shape.OC / p->group) * ICG;
    memset(k->w, 0, (size_t)(S * area) * sizeof *k->w);
    memset(k->term, 0, (size_t)area * sizeof *k->term);
    for (int64_t i = 0; i < ICG; i++) {
        const int64_t c = first + i, v = s->in_channel[c];
        const float *from = s->w + (o * ICG + i) * area;
        const double scale = s->oc_scale[o] * s->in_scale[c];
        const double shift = s->oc_scale[o] * s->in_shift[c] + (p->map.raw ? 0 : scale * p->map.offset[v]);
        for (int64_t t = 0; t < area; t++) {
            k->term[t] += (double)from[t] * shift;
            if (p->map.raw)
                k->w[v * area + t] += (double)from[t] * scale;
            else
                for (int64_t ch = 0; ch < S; ch++)
                    k->w[ch * area + t] += (double)from[t] * scale * p->map.matrix[v][ch];
        }
    }
}

/* total[y][x] becomes the sum of term over the taps before row y and column x: [KH + 1][KW + 1]. */
static void sum_up(double *total, const double *term, int64_t KH, int64_t KW)
{
    for (int64_t y = 0; y <= KH; y++)
        for (int64_t x = 0; x <= KW; x++)
            total[y * (KW + 1) + x] = y == 0 || x == 0 ? 0
                                                       : term[(y - 1) * KW + x - 1] + total[(y - 1) * (KW + 1) + x] +
                                                             total[y * (KW + 1) + x - 1] - total[(y - 1) * (KW + 1) + x - 1];
}

void oct_pixel_weights_biases(oct_pixel_weights *k, const oct_pixel_conv_step *p, double bias)
{
    const int64_t pitch = p->shape.KW + 1;
    sum_up(k->total, k->term, p->shape.KH, p->shape.KW);
    for (int64_t i = 0; i < k->n_h; i++)
        for (int64_t j = 0; j < k->n_w; j++) {
            const double *top = k->total + k->h[i].begin * pitch, *bottom = k->total + k->h[i].end * pitch;
            const double inside = bottom[k->v[j].end] - top[k->v[j].end] - bottom[k->v[j].begin] + top[k->v[j].begin];
            k->bias[i * k->n_w + j] = bias + inside;
        }
}
