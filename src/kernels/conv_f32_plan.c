/* Blocking of float convolutions for the caches and for up to 16 threads. See conv_f32_plan.h.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kernels/conv_f32_plan.h"

#include "base/compiler.h"

oct_conv_span oct_conv_axis_outputs(const oct_conv_axis *axis, int64_t tap, int64_t n_outputs)
{
    int64_t first = axis->pad - tap * axis->dilation, end = first + axis->size; /* o*stride in [first, end) */
    oct_conv_span span = {first > 0 ? oct_ceil_div(first, axis->stride) : 0, end > 0 ? oct_ceil_div(end, axis->stride) : 0};
    span.end = oct_min64(span.end, n_outputs);
    return span.begin < span.end ? span : (oct_conv_span){0, 0};
}

/* Pixels that are visited in memory order one by one need no rows: one column of N*H*W rows. */
static void merge_rows(oct_conv_f32_shape *s)
{
    bool dense = s->KH == 1 && s->KW == 1 && s->stride_h == 1 && s->stride_w == 1 && s->pad_top == 0 &&
                 s->pad_left == 0 && s->OH == s->H && s->OW == s->W;
    int64_t n_pixels = (int64_t)s->N * s->H * s->W;
    if (!dense || n_pixels > INT32_MAX)
        return;
    s->H = s->OH = (int32_t)n_pixels;
    s->N = s->W = s->OW = 1;
}

/* Panels as wide as the registers allow for this number of pixels, so that enough sums are in flight to hide the
 * latency of fma; the rest of OCG becomes one narrower panel, or is joined to the last (2 + 1 = 3 vectors). */
static void choose_panels(oct_conv_f32_plan *p, const oct_conv_f32_tiles *tiles)
{
    static const int32_t widths[] = {8, 4, 3, 2, 1};
    int64_t n_pixels = (int64_t)p->s.N * p->s.OH * p->s.OW, n_vec = oct_ceil_div(p->OCG, tiles->vl);
    int64_t need = oct_min64(n_pixels, tiles->max_p[2]);
    p->nv = 1;
    for (unsigned i = OCT_COUNT(widths); i-- > 0;)
        if (tiles->max_p[widths[i]] >= need && widths[i] <= n_vec)
            p->nv = widths[i];
    int64_t rest = n_vec % p->nv;
    p->n_panels = oct_ceil_div(n_vec, p->nv);
    p->last_nv = rest == 0 ? p->nv : rest > 4 ? 8 : rest;
    if (p->nv == 2 && rest == 1 && n_vec >= 3) {
        p->n_panels--;
        p->last_nv = 3;
    }
    p->width = p->nv * tiles->vl;
    const int64_t n_biases = p->n_h_classes * p->n_w_classes;
    p->panel_size = (int64_t)oct_round_up((uint64_t)((p->K + n_biases) * p->width), OCT_CACHE_LINE / sizeof(float));
    int64_t last_size = (p->K + n_biases) * p->last_nv * tiles->vl;
    p->group_size = (p->n_panels - 1) * p->panel_size +
                    (int64_t)oct_round_up((uint64_t)last_size, OCT_CACHE_LINE / sizeof(float));
}

/* Time of an item in multiply-adds; reading a byte of weights from memory takes as long as some four of them. */
static double item_work(const oct_conv_f32_plan *p, int64_t rows, int64_t panels)
{
    return (double)panels * ((double)rows * p->s.OW * p->width * p->K + 4.0 * (double)p->panel_size * sizeof(float));
}

/* A power of two of items, at most 32 or so and none below some 20 us, so that 2 to 16 threads share them evenly. The
 * input of an item stays in L2 while its panels pass over it; four rows or more keep tiles full at the side borders. */
static void choose_blocks(oct_conv_f32_plan *p, int64_t max_p)
{
    const oct_conv_f32_shape *s = &p->s;
    const int64_t n_panels = p->n_panels * s->G, x_max = 192 << 10, w_max = 128 << 10; /* bytes, of an L2 of 512 KB */
    const int64_t x_row = (int64_t)s->stride_h * s->W * s->x_pitch * 4, panel_bytes = p->panel_size * 4;
    const double all = item_work(p, (int64_t)s->N * s->OH, n_panels), target = all / 32 > 1e6 ? all / 32 : 1e6;
    const int64_t rows_min = oct_min64(s->OH, oct_max64(oct_ceil_div(48, s->OW), s->KH > 1 ? 4 : 1));
    int64_t row_cuts = 1, panel_cuts = 1;
    for (;;) {
        const int64_t rows = oct_ceil_div(s->OH, row_cuts), panels = oct_ceil_div(n_panels, panel_cuts);
        const bool rows_left = s->OH / (row_cuts * 2) >= rows_min;
        const bool too_much = item_work(p, rows, panels) > target * 1.25;
        if (rows_left && (rows * x_row > x_max || (too_much && panels * panel_bytes <= w_max)))
            row_cuts *= 2;
        else if (too_much && panels > 1 && !s->class_bias) /* else each item would make its pixels anew */
            panel_cuts *= 2;
        else if (too_much && rows_left)
            row_cuts *= 2;
        else
            break;
    }
    p->row_unit = s->OW == 1 ? oct_min64(s->OH, max_p) : 1; /* whole tiles of the widest size */
    p->n_row_blocks = oct_min64(row_cuts, oct_ceil_div(s->OH, p->row_unit));
    p->panels = oct_ceil_div(n_panels, panel_cuts);
    p->n_panel_blocks = oct_ceil_div(n_panels, p->panels);
    const double w_bytes = (double)panel_bytes * n_panels, x_bytes = 4.0 * s->N * s->H * s->W * s->x_pitch;
    p->rows_outer = w_bytes * s->N * p->n_row_blocks < x_bytes * p->n_panel_blocks;
}

oct_conv_span oct_conv_f32_plan_rows(const oct_conv_f32_plan *p, int64_t block)
{
    const int64_t n_units = oct_ceil_div(p->s.OH, p->row_unit);
    return (oct_conv_span){block * n_units / p->n_row_blocks * p->row_unit,
                           oct_min64(p->s.OH, (block + 1) * n_units / p->n_row_blocks * p->row_unit)};
}

void oct_conv_f32_plan_init(oct_conv_f32_plan *p, const oct_conv_f32_tiles *tiles, const oct_conv_f32_shape *shape)
{
    p->s = *shape;
    merge_rows(&p->s);
    const oct_conv_f32_shape *s = &p->s;
    p->h = oct_conv_f32_axis_h(s);
    p->w = oct_conv_f32_axis_w(s);
    p->n_h_classes = s->class_bias ? oct_conv_axis_class(&p->h, s->OH - 1) + 1 : 1;
    p->n_w_classes = s->class_bias ? oct_conv_axis_class(&p->w, s->OW - 1) + 1 : 1;
    p->ICG = s->C / s->G;
    p->OCG = s->OC / s->G;
    p->K = p->ICG * s->KH * s->KW;
    choose_panels(p, tiles);
    choose_blocks(p, tiles->max_p[p->nv]);
    /* worth a pass over y per tap: few pixels, which tile better together than by borders, and many channels */
    p->by_tap = !s->class_bias && s->KH * s->KW > 1 && (int64_t)s->OH * s->OW <= 100 && p->ICG >= 128;
}
