/* Depthwise float convolution: which rows, channels and tiles an item has. See conv_f32_dw.h.
 * Order: channel block, then output row, then tiles of the row, so that the input rows of a block stay in L1 while the
 * kernel slides over them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kernels/conv_f32_dw.h"

#include <string.h>

#include "base/compiler.h"
#include "kernels/conv_f32_plan.h"

typedef struct dw_plan {
    oct_conv_axis h, w;
    int64_t rows, n_row_blocks;      /* output rows of an item; blocks of one image */
    int64_t channels, n_channel_blocks; /* of an item; the last block takes what is left below one more vector */
    const oct_conv_f32_dw_special *special; /* NULL: pixel by pixel */
    int64_t size;                    /* index of the tiles in special */
    int64_t P;                       /* pixels of a tile */
} dw_plan;

bool oct_conv_f32_dw_takes(const oct_conv_f32_shape *s)
{
    return s->G == s->C && s->OC == s->C && s->C > 1;
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
            taps[t * C + c] = w->w[c * w->stride_o + t] * scale;
    }
    const size_t n_bytes = (size_t)(C * (1 + area)) * sizeof(float);
    memset((char *)dst + n_bytes, 0, oct_conv_f32_dw_packed_size(s) - n_bytes);
    if (w->done)
        w->done(w->done_context, w->w, (size_t)((C - 1) * w->stride_o + area));
}

/* Of the two tile sizes the one that computes fewer pixels twice: the last tile of a row ends at its end. */
static void choose_tile(dw_plan *p, const oct_conv_f32_dw_tiles *tiles, const oct_conv_f32_shape *s)
{
    static const int64_t sizes[2] = {7, 4};
    p->special = NULL;
    p->P = 1;
    p->size = 0;
    for (int i = 0; i < OCT_CONV_F32_DW_N_SPECIAL; i++) {
        const oct_conv_f32_dw_special *special = &tiles->special[i];
        if (special->KW == s->KW && special->stride_w == s->stride_w && s->dilation_w == 1 && s->C >= tiles->vl)
            p->special = special;
    }
    if (!p->special || s->OW < sizes[1]) {
        p->special = NULL;
        return;
    }
    const int64_t n7 = (s->OW + 6) / 7 * 7, n4 = (s->OW + 3) / 4 * 4;
    p->size = s->OW < sizes[0] || n4 < n7;
    p->P = sizes[p->size];
}

/* Items of some 20 us; channel blocks whose input rows fit into half an L1 of 32 KB. */
static void plan_init(dw_plan *p, const oct_conv_f32_dw_tiles *tiles, const oct_conv_f32_shape *s)
{
    const int64_t item_macs = 300000, l1_bytes = 16 << 10, vl = tiles->vl;
    p->h = (oct_conv_axis){s->stride_h, s->pad_top, s->dilation_h, s->KH, s->H};
    p->w = (oct_conv_axis){s->stride_w, s->pad_left, s->dilation_w, s->KW, s->W};
    choose_tile(p, tiles, s);
    int64_t fits = l1_bytes / ((int64_t)s->W * s->KH * 4) / vl * vl;
    p->channels = fits < 2 * vl ? 2 * vl : fits;
    p->channels = p->channels > s->C ? s->C : p->channels;
    p->n_channel_blocks = p->channels < s->C ? s->C / p->channels : 1;
    const double row_macs = (double)s->OW * p->channels * s->KH * s->KW;
    int64_t rows = (int64_t)(item_macs / row_macs) + 1;
    p->n_row_blocks = rows < s->OH ? (s->OH + rows - 1) / rows : 1;
    p->rows = (s->OH + p->n_row_blocks - 1) / p->n_row_blocks;
    p->n_row_blocks = (s->OH + p->rows - 1) / p->rows;
}

size_t oct_conv_f32_dw_n_items(const oct_conv_f32_dw_tiles *tiles, const oct_conv_f32_shape *s)
{
    dw_plan p;
    plan_init(&p, tiles, s);
    return (size_t)(s->N * p.n_row_blocks * p.n_channel_blocks);
}

/* One output row: t holds what does not depend on the column. */
static void run_row(const dw_plan *p, const oct_conv_f32_dw_tiles *tiles, const oct_conv_f32_args *a,
                    oct_conv_f32_dw_tile t)
{
    const oct_conv_f32_shape *s = a->shape;
    const int64_t at = t.at;
    float *const y = t.y;
    const float *const r = t.r, *const w = t.w;
    for (int64_t next = 0; next < s->OW; next += p->P) {
        const int64_t ow = next + p->P <= s->OW ? next : s->OW - p->P;
        const int64_t iw = ow * s->stride_w - s->pad_left;
        t.y = y + ow * s->y_pitch;
        t.r = r ? r + ow * s->r_pitch : NULL;
        t.at = at + iw * s->x_pitch;
        if (p->special) {
            const int64_t n_columns = (p->P - 1) * s->stride_w + s->KW;
            t.begin = iw < 0 ? -iw : 0;
            t.end = s->W - iw < n_columns ? s->W - iw : n_columns;
            const bool inner = t.begin == 0 && t.end == n_columns;
            (inner ? p->special->inner : p->special->edge)[p->size](&t);
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

void oct_conv_f32_dw_run(const oct_conv_f32_dw_tiles *tiles, const oct_conv_f32_args *a, size_t item)
{
    const oct_conv_f32_shape *s = a->shape;
    dw_plan p;
    plan_init(&p, tiles, s);
    const int64_t block = (int64_t)item / p.n_channel_blocks, i = (int64_t)item % p.n_channel_blocks;
    const int64_t n = block / p.n_row_blocks, c = i * p.channels, first = block % p.n_row_blocks * p.rows;
    const float *bias = a->packed;
    oct_conv_f32_dw_tile t = {
        .x = a->x, .bias = bias + c, .x_step_h = (int64_t)s->dilation_h * s->W * s->x_pitch,
        .x_step_w = (int64_t)s->dilation_w * s->x_pitch, .w_step = s->C, .y_pitch = s->y_pitch, .r_pitch = s->r_pitch,
        .KW = s->KW, .n_c = i == p.n_channel_blocks - 1 ? s->C - c : p.channels, .act = &s->act};
    for (int64_t oh = first; oh < first + p.rows && oh < s->OH; oh++) {
        const oct_conv_span taps = oct_conv_axis_taps(&p.h, oh);
        const int64_t ih = oh * s->stride_h - s->pad_top + taps.begin * s->dilation_h;
        const int64_t pixel = (n * s->OH + oh) * s->OW;
        t.w = bias + s->C + taps.begin * s->KW * s->C + c;
        t.at = (n * s->H + ih) * s->W * s->x_pitch + c;
        t.n_h = taps.end - taps.begin;
        t.y = a->y + pixel * s->y_pitch + c;
        t.r = s->has_residual ? a->residual + pixel * s->r_pitch + c : NULL;
        run_row(&p, tiles, a, t);
    }
}
