/* Depthwise float convolution: which rows, channels and tiles an item has. See conv_f32_dw.h.
 * Order: output row, tile of the row, then all channels, so that memory is read forward (blocks of channels measured
 * 1.1 to 2.7 times slower, although they would read each row from L2 once instead of three times).
 * SPDX-License-Identifier: Apache-2.0 */
#include "kernels/conv_f32_dw.h"

#include <math.h>
#include <string.h>

#include "base/compiler.h"
#include "kernels/conv_f32_plan.h"

typedef struct dw_plan {
    oct_conv_axis h, w;
    int64_t rows, n_row_blocks;      /* output rows of an item; blocks of one image */
    const oct_conv_f32_dw_special *special; /* NULL: pixel by pixel */
    int64_t P;                       /* pixels of a tile */
} dw_plan;

bool oct_conv_f32_dw_takes(const oct_conv_f32_shape *s)
{
    return s->G == s->C && s->OC == s->C && s->C > 1 && !s->class_bias;
}

/* packed: bias[C], then w[KH][KW][C] */
size_t oct_conv_f32_dw_packed_size(const oct_conv_f32_shape *s)
{
    return oct_round_up((size_t)s->C * (1 + (size_t)s->KH * (size_t)s->KW) * sizeof(float), OCT_CACHE_LINE);
}

void oct_conv_f32_dw_pack(void *dst, const oct_conv_f32_shape *s, const oct_conv_f32_weights *w)
{
    const int64_t C = s->C, area = (int64_t)s->KH * s->KW;
    float *bias = dst, *taps = bias + C;
    for (int64_t c = 0; c < C; c++) {
        const float scale = w->oc_scale ? w->oc_scale[c] : 1.0f;
        bias[c] = w->bias ? w->bias[c] : 0.0f;
        for (int64_t t = 0; t < area; t++)
            taps[t * C + c] = oct_conv_f32_weight(w, c * w->stride_o + t * w->stride_t) * scale;
    }
    const size_t n_bytes = (size_t)(C * (1 + area)) * sizeof(float);
    memset((char *)dst + n_bytes, 0, oct_conv_f32_dw_packed_size(s) - n_bytes);
    oct_conv_f32_weights_done(w, 0, (C - 1) * w->stride_o + (area - 1) * w->stride_t + 1);
}

/* Of the two tile sizes the one that computes fewer pixels twice: the last tile of a row ends at its end. */
static void choose_tile(dw_plan *p, const oct_conv_f32_dw_tiles *tiles, const oct_conv_f32_shape *s)
{
    p->special = NULL;
    p->P = 1;
    for (int i = 0; i < OCT_CONV_F32_DW_N_SPECIAL; i++) {
        const oct_conv_f32_dw_special *special = &tiles->special[i];
        if (special->KW == s->KW && special->stride_w == s->stride_w && s->dilation_w == 1 && s->C >= tiles->vl)
            p->special = special;
    }
    if (s->OW < 4)
        p->special = NULL;
    if (p->special)
        p->P = s->OW < 7 || oct_ceil_div(s->OW, 4) * 4 < oct_ceil_div(s->OW, 7) * 7 ? 4 : 7;
}

/* A power of two of items, at most 32 and none below some 5 us. */
static void plan_init(dw_plan *p, const oct_conv_f32_dw_tiles *tiles, const oct_conv_f32_shape *s)
{
    const double item_macs = 120000, row_macs = (double)s->OW * s->C * s->KH * s->KW;
    p->h = (oct_conv_axis){s->stride_h, s->pad_top, s->dilation_h, s->KH, s->H};
    p->w = (oct_conv_axis){s->stride_w, s->pad_left, s->dilation_w, s->KW, s->W};
    choose_tile(p, tiles, s);
    p->rows = s->OH;
    for (int cuts = 2; cuts <= 32 && p->rows > 1 && (double)p->rows * row_macs > 2 * item_macs; cuts *= 2)
        p->rows = (s->OH + cuts - 1) / cuts;
    p->n_row_blocks = (s->OH + p->rows - 1) / p->rows;
}

size_t oct_conv_f32_dw_n_items(const oct_conv_f32_dw_tiles *tiles, const oct_conv_f32_shape *s)
{
    dw_plan p;
    plan_init(&p, tiles, s);
    return (size_t)(s->N * p.n_row_blocks);
}

/* What the tiles leave out: a depthwise layer with a residual or a leaky slope is rare. */
static void finish_row(const oct_conv_f32_shape *s, float *y, const float *r)
{
    for (int64_t ow = 0; ow < s->OW; ow++, y += s->y_pitch)
        for (int64_t c = 0; c < s->C; c++) {
            float v = r ? y[c] + r[ow * s->r_pitch + c] : y[c];
            if (s->act.kind == OCT_ACT_CLAMP) {
                v = v < s->act.lo ? s->act.lo : v;
                v = v > s->act.hi ? s->act.hi : v;
            } else if (s->act.kind == OCT_ACT_LEAKY) {
                v = v < 0.0f ? v * s->act.alpha : v;
            }
            y[c] = v;
        }
}

/* One output row: t holds what does not depend on the column. */
static void run_row(const dw_plan *p, const oct_conv_f32_dw_tiles *tiles, const oct_conv_f32_args *a,
                    oct_conv_f32_dw_tile t)
{
    const oct_conv_f32_shape *s = a->shape;
    const int64_t at = t.at;
    float *const y = t.y;
    const float *const w = t.w;
    for (int64_t next = 0; next < s->OW; next += p->P) {
        const int64_t ow = next + p->P <= s->OW ? next : s->OW - p->P;
        const int64_t iw = ow * s->stride_w - s->pad_left;
        t.y = y + ow * s->y_pitch;
        t.at = at + iw * s->x_pitch;
        if (p->special) {
            const int64_t n_columns = (p->P - 1) * s->stride_w + s->KW;
            t.begin = iw < 0 ? -iw : 0;
            t.end = s->W - iw < n_columns ? s->W - iw : n_columns;
            (p->P == 7 && t.begin == 0 && t.end == n_columns ? p->special->inner : p->special->edge)(&t);
            continue;
        }
        const oct_conv_span taps = oct_conv_axis_taps(&p->w, ow);
        t.at += taps.begin * s->dilation_w * s->x_pitch;
        t.w = w + taps.begin * t.w_step;
        t.begin = 0;
        t.end = taps.end - taps.begin;
        (s->C >= tiles->vl ? tiles->pixel : tiles->scalar)(&t);
    }
}

void oct_conv_f32_dw_input_pixels(const oct_conv_f32_dw_tiles *tiles, const oct_conv_f32_shape *s, size_t item,
                                  int64_t *first, int64_t *n)
{
    dw_plan p;
    plan_init(&p, tiles, s);
    const int64_t image = (int64_t)item / p.n_row_blocks, row = (int64_t)item % p.n_row_blocks * p.rows;
    int64_t begin, end;
    oct_conv_axis_pixels(&p.h, row, row + p.rows < s->OH ? row + p.rows : s->OH, &begin, &end);
    *first = (image * s->H + begin) * s->W;
    *n = (end - begin) * s->W;
}

void oct_conv_f32_dw_run(const oct_conv_f32_dw_tiles *tiles, const oct_conv_f32_args *a, size_t item)
{
    const oct_conv_f32_shape *s = a->shape;
    const bool clamp = s->act.kind == OCT_ACT_CLAMP && !s->has_residual;
    const float *bias = a->packed;
    dw_plan p;
    plan_init(&p, tiles, s);
    const int64_t n = (int64_t)item / p.n_row_blocks, first = (int64_t)item % p.n_row_blocks * p.rows;
    oct_conv_f32_dw_tile t = {
        .x = a->x, .bias = bias, .x_step_h = (int64_t)s->dilation_h * s->W * s->x_pitch,
        .x_step_w = (int64_t)s->dilation_w * s->x_pitch, .w_step = s->C, .y_pitch = s->y_pitch, .KW = s->KW, .P = p.P,
        .n_c = s->C, .lo = clamp ? s->act.lo : -INFINITY, .hi = clamp ? s->act.hi : INFINITY};
    for (int64_t oh = first; oh < first + p.rows && oh < s->OH; oh++) {
        const oct_conv_span taps = oct_conv_axis_taps(&p.h, oh);
        const int64_t ih = oh * s->stride_h - s->pad_top + taps.begin * s->dilation_h;
        const int64_t pixel = (n * s->OH + oh) * s->OW;
        t.w = bias + s->C + taps.begin * s->KW * s->C;
        t.at = (n * s->H + ih) * s->W * s->x_pitch - a->x_skip;
        t.n_h = taps.end - taps.begin;
        t.y = a->y + pixel * s->y_pitch;
        run_row(&p, tiles, a, t);
        if (s->has_residual || s->act.kind == OCT_ACT_LEAKY)
            finish_row(s, a->y + pixel * s->y_pitch, s->has_residual ? a->residual + pixel * s->r_pitch : NULL);
    }
}
