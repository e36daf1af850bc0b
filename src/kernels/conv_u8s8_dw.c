/* The walk of a depthwise uint8 convolution over blocks of channels and rows of positions, and its packing; see
 * conv_u8s8_dw.h.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kernels/conv_u8s8_dw.h"

#include <string.h>

#include "base/compiler.h"
#include "kernels/conv_int_plan.h"

#define ITEM_BYTES 65536 /* of the image, about, that an item reads: it stays in L1 or close */

typedef struct plan {
    oct_conv_u8s8_geometry g;
    int64_t area, taps; /* taps: twice the area if weights need two */
    bool lines;
    int64_t slots, n_blocks; /* slots: for weights of a channel */
    int64_t weight_bytes, block_bytes;
    int64_t rows, n_row_blocks; /* output rows of an item; items of an image */
} plan;

/* Copies of the channels of the block that starts at channel c. */
static int64_t get_copies(const oct_conv_u8s8_dw *d, const plan *p, int64_t c)
{
    int64_t copies = 1;
    while (p->lines && copies < d->most_copies && (p->g.s.C - c) * copies * 2 <= d->block)
        copies *= 2;
    return copies;
}

/* About ITEM_BYTES an item, and an even number of equal ones, so that two threads share them. */
static void choose_rows(const oct_conv_u8s8_dw *d, plan *p)
{
    const oct_conv_int_shape *s = &p->g.s;
    const int64_t copies = get_copies(d, p, (p->n_blocks - 1) * d->block);
    const int64_t most = oct_max64(ITEM_BYTES / ((int64_t)s->stride_h * s->W * s->C), 4);
    const int64_t n_items = 2 * oct_max64((s->OH + most) / (2 * most), 1), rows = oct_ceil_div(s->OH, n_items);
    p->rows = oct_min64(oct_ceil_div(rows, copies) * copies, s->OH);
    p->n_row_blocks = oct_ceil_div(s->OH, p->rows);
}

static plan get_plan(const oct_conv_u8s8_dw *d, const oct_conv_int_shape *s)
{
    plan p = {.g = oct_conv_u8s8_get_geometry(s), .area = (int64_t)s->KH * s->KW};
    p.taps = s->wide_weights && !d->words ? 2 * p.area : p.area;
    p.lines = s->KH == 3 && s->KW == 3 && s->dilation_w == 1 && s->stride_w <= 2 && p.taps == 9;
    p.slots = p.lines ? d->line_size : oct_ceil_div(p.taps, d->group) * d->group;
    p.n_blocks = (s->C + d->block - 1) / d->block;
    p.weight_bytes = p.slots * d->block * (d->words ? 2 : 1);
    p.block_bytes = (int64_t)oct_round_up((uint64_t)((p.g.n_h * p.g.n_w + 1) * 4 * d->block + p.weight_bytes + 4),
                                          OCT_CACHE_LINE);
    choose_rows(d, &p);
    return p;
}

size_t oct_conv_u8s8_dw_packed_size(const oct_conv_u8s8_dw *d, const oct_conv_int_shape *s)
{
    const plan p = get_plan(d, s);
    return (size_t)(p.n_blocks * p.block_bytes);
}

size_t oct_conv_u8s8_dw_n_items(const oct_conv_u8s8_dw *d, const oct_conv_int_shape *s)
{
    const plan p = get_plan(d, s);
    return (size_t)p.g.s.N * (size_t)p.n_row_blocks;
}

/* Channel o, to `slot` of its block. */
static void pack_channel(const oct_conv_u8s8_dw *d, const plan *p, void *block, int64_t slot,
                         const oct_conv_u8s8_weights *w, int64_t o)
{
    int32_t *bias = block;
    float *mult = (float *)(void *)(bias + p->g.n_h * p->g.n_w * d->block);
    int8_t *bytes = (int8_t *)(mult + d->block);
    int16_t *words = (int16_t *)(void *)bytes;
    oct_conv_u8s8_class_biases(bias + slot, d->block, &p->g, w, o);
    mult[slot] = oct_conv_u8s8_mult(&p->g, w, o);
    int64_t bias_bound = 0, sum = 0;
    for (int64_t class = 0; class < p->g.n_h * p->g.n_w; class++)
        bias_bound = oct_max64(bias_bound, oct_conv_u8s8_abs(bias[class * d->block + slot]));
    for (int64_t tap = 0; tap < p->taps; tap++) {
        const int64_t at = p->lines ? d->line_taps[tap] : tap;
        const int64_t to = (at / d->group * d->block + slot) * d->group + at % d->group;
        const int16_t v = oct_conv_u8s8_weight(&p->g, w, o, 0, tap % p->area);
        const int16_t first = (int16_t)oct_max64(oct_min64(v, 127), -128);
        sum += oct_conv_u8s8_abs(v);
        if (d->words)
            words[to] = v;
        else
            bytes[to] = (int8_t)(tap < p->area ? first : v - first);
    }
    *(int32_t *)(void *)(bytes + p->weight_bytes) += !oct_conv_u8s8_is_bounded(bias_bound, sum, mult[slot]);
}

void oct_conv_u8s8_dw_pack(const oct_conv_u8s8_dw *d, void *dst, const oct_conv_int_shape *s,
                           const oct_conv_u8s8_weights *w)
{
    const plan p = get_plan(d, s);
    memset(dst, 0, (size_t)(p.n_blocks * p.block_bytes));
    for (int64_t o = 0; o < s->C; o++) {
        const int64_t b = o / d->block, copies = get_copies(d, &p, b * d->block);
        for (int64_t i = 0; i < copies; i++)
            pack_channel(d, &p, (char *)dst + b * p.block_bytes, d->slot(o % d->block + i * d->block / copies), w, o);
    }
}

/* Where the taps of a position are, from its tap (0, 0) on. */
static void set_offsets(int64_t *offset, const plan *p, oct_conv_span rows, oct_conv_span cols)
{
    const oct_conv_int_shape *s = &p->g.s;
    for (int64_t tap = 0; tap < p->taps;)
        for (int64_t kh = 0; kh < s->KH; kh++)
            for (int64_t kw = 0; kw < s->KW; kw++, tap++) {
                const bool inside = kh >= rows.begin && kh < rows.end && kw >= cols.begin && kw < cols.end;
                offset[tap] = inside ? (kh * s->dilation_h * s->W + kw * s->dilation_w) * s->x_pitch
                                     : OCT_CONV_U8S8_DW_OUTSIDE;
            }
}

typedef struct job {
    const oct_conv_u8s8_dw *d;
    const oct_conv_u8s8_args *a;
    const plan *p;
    int64_t offset[OCT_CONV_U8S8_DW_TAPS];
    oct_conv_u8s8_dw_row r;
} job;

/* All channels of the positions cols of row oh of image n, which are of one class. */
static void run_span(job *j, int64_t n, int64_t oh, oct_conv_span cols, int64_t class)
{
    const oct_conv_int_shape *s = &j->p->g.s;
    const oct_conv_span kh = oct_conv_axis_taps(&j->p->g.h, oh), kw = oct_conv_axis_taps(&j->p->g.w, cols.begin);
    const int64_t n_inside = (kh.end - kh.begin) * (kw.end - kw.begin), n_classes = j->p->g.n_h * j->p->g.n_w;
    const int64_t ih = oh * s->stride_h - s->pad_top, iw = cols.begin * s->stride_w - s->pad_left;
    const int64_t x_at = ((n * s->H + ih) * s->W + iw) * s->x_pitch, position = (n * s->OH + oh) * s->OW + cols.begin;
    oct_conv_u8s8_dw_row *r = &j->r;
    set_offsets(j->offset, j->p, kh, kw);
    r->all_inside = n_inside == j->p->area;
    r->n_positions = cols.end - cols.begin;
    for (int64_t tap = 0; tap < j->p->taps; tap++)
        if (j->offset[tap] != OCT_CONV_U8S8_DW_OUTSIDE)
            j->offset[tap] += x_at;
    for (int64_t b = 0; b < j->p->n_blocks; b++) {
        const int64_t c = b * j->d->block;
        const char *packed = (const char *)j->a->packed + b * j->p->block_bytes;
        const int32_t *biases = (const int32_t *)(const void *)packed;
        r->x = j->a->x + c;
        r->y = j->a->y + position * s->y_pitch + c;
        r->r = j->r.out.add ? j->a->r + position * s->r_pitch + c : NULL;
        r->n_channels = s->C - c < j->d->block ? s->C - c : j->d->block;
        r->bias = biases + class * j->d->block;
        r->mult = (const float *)(const void *)(biases + n_classes * j->d->block);
        r->w = r->mult + j->d->block;
        j->d->run(r);
    }
}

/* ---- lines ---- */

#define CHUNK OCT_CONV_U8S8_DW_POSITIONS
#define LINES 16  /* at once: a multiple of COPIES */

typedef struct line_job {
    const oct_conv_u8s8_dw *d;
    const oct_conv_u8s8_args *a;
    const plan *p;
    int32_t classes[CHUNK]; /* of columns */
    oct_conv_u8s8_dw_line lines[LINES];
    oct_conv_u8s8_dw_lines l;
} line_job;

/* Of n positions from `first` on. */
static void set_classes(int32_t *classes, const oct_conv_axis *axis, int64_t first, int64_t n)
{
    int32_t class = (int32_t)oct_conv_axis_class(axis, first);
    for (int64_t from = first, end; from < first + n; from = end, class++) {
        end = oct_conv_axis_run(axis, from, first + n);
        for (int64_t i = from; i < end; i++)
            classes[i - first] = class;
    }
}

/* Row oh of output of image n, from column ow on; class: of rows. */
static oct_conv_u8s8_dw_line get_line(const line_job *j, int64_t n, int64_t oh, int64_t ow, int32_t class)
{
    const oct_conv_u8s8_geometry *g = &j->p->g;
    const oct_conv_int_shape *s = &g->s;
    const int64_t position = (n * s->OH + oh) * s->OW + ow;
    oct_conv_u8s8_dw_line v = {.y = j->a->y + position * s->y_pitch, .class = class * (int32_t)g->n_w};
    v.r = j->l.out.add ? j->a->r + position * s->r_pitch : v.y;
    for (int64_t k = 0; k < 3; k++) {
        const int64_t ih = oh * s->stride_h - s->pad_top + k * s->dilation_h, near = oct_max64(oct_min64(ih, s->H - 1), 0);
        v.x[k] = j->a->x + (n * s->H + near) * s->W * s->x_pitch;
        v.inside |= ih == near ? 255u << 8 * k : 0;
    }
    return v;
}

/* Block b of the lines. */
static void run_block(line_job *j, int64_t b)
{
    const int64_t block = j->d->block;
    oct_conv_u8s8_dw_lines *l = &j->l;
    l->channel = b * block;
    l->copies = get_copies(j->d, j->p, l->channel);
    l->n_channels = oct_min64(j->p->g.s.C - l->channel, block);
    l->bias = (const int32_t *)(const void *)((const char *)j->a->packed + b * j->p->block_bytes);
    l->mult = (const float *)(const void *)(l->bias + j->p->g.n_h * j->p->g.n_w * block);
    l->w = l->mult + block;
    l->bounded = *(const int32_t *)(const void *)((const char *)l->w + j->p->weight_bytes) == 0;
    j->d->run_lines(l);
}

/* Rows rows of output of image n, columns from ow on: few lines at once, which stay in L1, one block after the other. */
static void run_columns(line_job *j, int64_t n, oct_conv_span rows, int64_t ow)
{
    const oct_conv_int_shape *s = &j->p->g.s;
    int32_t row_classes[LINES];
    j->l.n_positions = oct_min64(s->OW - ow, CHUNK);
    j->l.col = ow * s->stride_w - s->pad_left;
    set_classes(j->classes, &j->p->g.w, ow, j->l.n_positions);
    for (int64_t oh = rows.begin; oh < rows.end; oh += LINES) {
        const int64_t n_lines = oct_min64(rows.end - oh, LINES);
        j->l.n_lines = n_lines;
        set_classes(row_classes, &j->p->g.h, oh, n_lines);
        for (int64_t i = 0; i < n_lines; i++)
            j->lines[i] = get_line(j, n, oh + i, ow, row_classes[i]);
        for (int64_t i = n_lines; i % OCT_CONV_U8S8_DW_COPIES != 0; i++)
            j->lines[i] = j->lines[n_lines - 1];
        for (int64_t b = 0; b < j->p->n_blocks; b++)
            run_block(j, b);
    }
}

static void run_all_lines(const oct_conv_u8s8_dw *d, const oct_conv_u8s8_args *a, const plan *p, int64_t n,
                          oct_conv_span rows)
{
    const oct_conv_int_shape *s = &p->g.s;
    line_job j;
    j.d = d;
    j.a = a;
    j.p = p;
    j.l = (oct_conv_u8s8_dw_lines){.x_step = s->x_pitch, .y_step = s->y_pitch, .W = s->W, .stride = s->stride_w,
                                   .lines = j.lines, .classes = j.classes, .n_classes = p->g.n_w, .out = oct_conv_u8s8_get_out(a), .x_flip = oct_conv_u8s8_x_flip(s)};
    j.l.r_step = j.l.out.add ? s->r_pitch : 0;
    for (int64_t ow = 0; ow < s->OW; ow += CHUNK)
        run_columns(&j, n, rows, ow);
}

/* Tap by tap. */
static void run_all_spans(const oct_conv_u8s8_dw *d, const oct_conv_u8s8_args *a, const plan *p, int64_t n, oct_conv_span rows)
{
    const oct_conv_u8s8_geometry *g = &p->g;
    job j = {.d = d, .a = a, .p = p};
    j.r = (oct_conv_u8s8_dw_row){.offset = j.offset, .n_taps = p->taps, .y_step = g->s.y_pitch, .r_step = g->s.r_pitch,
                                 .x_step = (int64_t)g->s.stride_w * g->s.x_pitch, .out = oct_conv_u8s8_get_out(a),
                                 .x_flip = oct_conv_u8s8_x_flip(a->shape)};
    for (int64_t oh = rows.begin; oh < rows.end; oh++) {
        int64_t class = oct_conv_axis_class(&g->h, oh) * g->n_w;
        for (oct_conv_span cols = {0, 0}; cols.begin < g->s.OW; cols.begin = cols.end, class++) {
            cols.end = oct_conv_axis_run(&g->w, cols.begin, g->s.OW);
            run_span(&j, n, oh, cols, class);
        }
    }
}

void oct_conv_u8s8_dw_run(const oct_conv_u8s8_dw *d, const oct_conv_u8s8_args *a, size_t first, size_t n)
{
    const plan p = get_plan(d, a->shape);
    /* backwards: what the layer before has written last is still in the cache */
    for (int64_t i = oct_conv_u8s8_end(first, n, p.g.s.N * p.n_row_blocks) - 1; i >= (int64_t)first; i--) {
        const int64_t row = i % p.n_row_blocks * p.rows;
        const oct_conv_span rows = {row, oct_min64(row + p.rows, p.g.s.OH)};
        if (p.lines)
            run_all_lines(d, a, &p, i / p.n_row_blocks, rows);
        else
            run_all_spans(d, a, &p, i / p.n_row_blocks, rows);
    }
}
