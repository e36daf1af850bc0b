/* The walk of a depthwise 16-bit convolution over blocks of channels and rows of positions, and its packing; see
 * conv_u16_dw.h.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kernels/conv_u16_dw.h"

#include <string.h>

#include "base/compiler.h"

#define BLOCK OCT_CONV_U16_DW_BLOCK
#define ITEM_ELEMS 16384 /* of the image, about, that an item reads: it stays in L1 or close */

typedef struct plan {
    oct_conv_u8s8_geometry g;
    int64_t area, n_classes, n_pairs, n_parts, n_blocks;
    int64_t block_bytes;
    int64_t rows, n_row_blocks; /* output rows of an item; items of an image */
} plan;

static plan get_plan(const oct_conv_int_shape *s)
{
    plan p = {.g = oct_conv_u8s8_get_geometry(s), .n_parts = s->wide_weights ? 2 : 1};
    p.area = (int64_t)s->KH * s->KW;
    p.n_classes = p.g.n_h * p.g.n_w;
    p.n_pairs = oct_ceil_div(p.area, 2);
    p.n_blocks = oct_ceil_div(s->C, BLOCK);
    p.block_bytes = (int64_t)oct_round_up((uint64_t)(BLOCK * (p.n_classes * 8 + 4 + p.n_pairs * p.n_parts * 4)),
                                          OCT_CACHE_LINE);
    p.rows = ITEM_ELEMS / ((int64_t)p.g.s.stride_h * p.g.s.W * p.g.s.C);
    p.rows = oct_min64(oct_max64(p.rows, 2), p.g.s.OH);
    p.n_row_blocks = oct_ceil_div(p.g.s.OH, p.rows);
    return p;
}

size_t oct_conv_u16_dw_packed_size(const oct_conv_int_shape *s)
{
    const plan p = get_plan(s);
    return (size_t)(p.n_blocks * p.block_bytes);
}

size_t oct_conv_u16_dw_n_items(const oct_conv_int_shape *s)
{
    const plan p = get_plan(s);
    return (size_t)p.g.s.N * (size_t)p.n_row_blocks;
}

/* 0-3, 8-11, 4-7, 12-15: the two middle bits change places */
static int64_t slot(int64_t c)
{
    return (c & 3) | (c & 8) >> 1 | (c & 4) << 1;
}

static void pack_channel(const plan *p, void *block, const oct_conv_u16_weights *weights, int64_t o)
{
    int64_t *bias = block, c = o % BLOCK;
    float *mult = (float *)(void *)(bias + p->n_classes * BLOCK);
    int16_t *w = (int16_t *)(void *)(mult + BLOCK);
    oct_conv_u16_class_biases(bias + c, BLOCK, &p->g, weights, o, true);
    mult[c] = oct_conv_u16_mult(&p->g, weights, o);
    for (int64_t tap = 0; tap < p->area; tap++) {
        const int32_t v = oct_conv_u16_weight(&p->g, weights, o, 0, tap);
        int16_t *to = w + (tap / 2 * p->n_parts * BLOCK + slot(c)) * 2 + tap % 2;
        to[0] = p->n_parts == 1 ? (int16_t)v : (int16_t)(v & 255);
        if (p->n_parts == 2)
            to[2 * BLOCK] = (int16_t)((v - (v & 255)) / 256);
    }
}

void oct_conv_u16_dw_pack(void *dst, const oct_conv_int_shape *s, const oct_conv_u16_weights *w)
{
    const plan p = get_plan(s);
    memset(dst, 0, (size_t)(p.n_blocks * p.block_bytes));
    for (int64_t o = 0; o < s->C; o++)
        pack_channel(&p, (char *)dst + o / BLOCK * p.block_bytes, w, o);
}

/* Where the taps of a position are, from the first element of `x` on. */
static void set_offsets(int64_t *offset, const plan *p, int64_t x_at, oct_conv_span rows, oct_conv_span cols)
{
    const oct_conv_int_shape *s = &p->g.s;
    for (int64_t tap = 0; tap < p->n_pairs * 2; tap++) {
        const int64_t kh = tap / s->KW, kw = tap % s->KW;
        const bool inside = kh >= rows.begin && kh < rows.end && kw >= cols.begin && kw < cols.end;
        offset[tap] = inside ? x_at + (kh * s->dilation_h * s->W + kw * s->dilation_w) * s->C : OCT_CONV_U16_DW_OUTSIDE;
    }
}

typedef struct job {
    oct_conv_u16_dw_fn fn;
    const oct_conv_u16_args *a;
    const plan *p;
    int64_t offset[OCT_CONV_U16_DW_TAPS + 1];
    oct_conv_u16_dw_row r;
} job;

/* All channels of the positions cols of row oh of image n, which are of one class. */
static void run_span(job *j, int64_t n, int64_t oh, oct_conv_span cols, int64_t class)
{
    const plan *p = j->p;
    const oct_conv_int_shape *s = &p->g.s;
    const int64_t ih = oh * s->stride_h - s->pad_top, iw = cols.begin * s->stride_w - s->pad_left;
    const int64_t y_at = ((n * s->OH + oh) * s->OW + cols.begin) * s->OC;
    oct_conv_u16_dw_row *r = &j->r;
    set_offsets(j->offset, p, ((n * s->H + ih) * s->W + iw) * s->C, oct_conv_axis_taps(&p->g.h, oh),
                oct_conv_axis_taps(&p->g.w, cols.begin));
    r->n_positions = cols.end - cols.begin;
    for (int64_t b = 0; b < p->n_blocks; b++) {
        const void *block = (const char *)j->a->packed + b * p->block_bytes;
        const int64_t *biases = block;
        r->x = j->a->x + b * BLOCK;
        r->y = j->a->y + y_at + b * BLOCK;
        r->n_channels = oct_min64(s->C - b * BLOCK, BLOCK);
        r->bias = biases + class * BLOCK;
        r->mult = (const float *)(const void *)(biases + p->n_classes * BLOCK);
        r->w = (const int16_t *)(const void *)(r->mult + BLOCK);
        j->fn(r);
    }
}

void oct_conv_u16_dw_run(oct_conv_u16_dw_fn fn, const oct_conv_u16_args *a, size_t item)
{
    const plan p = get_plan(a->shape);
    const oct_conv_u8s8_geometry *g = &p.g;
    const int64_t n = (int64_t)item / p.n_row_blocks, first = (int64_t)item % p.n_row_blocks * p.rows;
    job j = {.fn = fn, .a = a, .p = &p};
    j.r = (oct_conv_u16_dw_row){.offset = j.offset, .n_pairs = p.n_pairs, .y_step = g->s.OC,
                                .x_step = (int64_t)g->s.stride_w * g->s.C, .out = oct_conv_u16_get_out(a),
                                .wide_weights = p.n_parts == 2, .x_flip = g->s.x_signed ? 0 : 0x8000};
    for (int64_t oh = first; oh < oct_min64(first + p.rows, g->s.OH); oh++) {
        int64_t class = oct_conv_axis_class(&g->h, oh) * g->n_w;
        for (oct_conv_span cols = {0, 0}; cols.begin < g->s.OW; cols.begin = cols.end, class++) {
            cols.end = oct_conv_axis_run(&g->w, cols.begin, g->s.OW);
            run_span(&j, n, oh, cols, class);
        }
    }
}
