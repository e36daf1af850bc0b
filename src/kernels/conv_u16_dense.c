/* The walk of a 16-bit convolution over panels, rows of positions and tiles, and its packing; see conv_u16_dense.h.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kernels/conv_u16_dense.h"

#include <string.h>

#include "base/compiler.h"

#define SMALL_WEIGHTS 24576 /* bytes that stay in L1 beside the positions of an item */
#define MIN_ITEMS 16        /* so that some threads share them evenly */
#define MIN_POSITIONS 56    /* of an item: whole tiles */
#define FEW_POSITIONS 3     /* fewer need wide panels, or too few sums are in flight */

typedef struct plan {
    oct_conv_u8s8_geometry g;
    const oct_conv_u16_tiles *tiles;
    int64_t area, n_classes;
    int64_t unit, units, unit_bytes; /* channels of a unit; units of one tap; bytes of a unit of one output channel */
    int64_t nv, last_nv, n_panels;   /* of one group */
    int64_t panel_bytes, group_bytes;
    int64_t rows, n_row_blocks;      /* output rows of an item; blocks of one image */
    int64_t panels, n_panel_blocks;  /* panels of an item, counted through all groups */
} plan;

static int64_t get_panel_bytes(const plan *p, int64_t nv)
{
    const int64_t width = nv * p->tiles->vl, weights = p->area * p->units * p->unit_bytes;
    return (int64_t)oct_round_up((uint64_t)(width * (p->n_classes * 8 + 4 + weights)), OCT_CACHE_LINE);
}

static void choose_panels(plan *p)
{
    const oct_conv_u16_tiles *t = p->tiles;
    const int64_t n_positions = (int64_t)p->g.s.N * p->g.s.OH * p->g.s.OW, n_vec = oct_ceil_div(p->g.OCG, t->vl);
    p->nv = n_positions < FEW_POSITIONS && t->max_p[4] >= n_positions ? 4 : t->nv;
    while (p->nv > n_vec && p->nv > 1)
        p->nv /= 2;
    const int64_t rest = n_vec % p->nv;
    p->n_panels = oct_ceil_div(n_vec, p->nv);
    p->last_nv = rest == 0 || rest == 3 ? p->nv : rest;
    p->panel_bytes = get_panel_bytes(p, p->nv);
    p->group_bytes = (p->n_panels - 1) * p->panel_bytes + get_panel_bytes(p, p->last_nv);
}

static void choose_items(plan *p)
{
    const oct_conv_int_shape *s = &p->g.s;
    const int64_t n_panels = p->n_panels * s->G;
    p->panels = p->group_bytes * s->G <= SMALL_WEIGHTS ? n_panels : 1;
    p->n_panel_blocks = oct_ceil_div(n_panels, p->panels);
    p->rows = oct_max64(oct_ceil_div(s->OH, oct_ceil_div(MIN_ITEMS, p->n_panel_blocks)),
                        oct_ceil_div(MIN_POSITIONS, s->OW));
    p->rows = oct_min64(p->rows, s->OH);
    p->n_row_blocks = oct_ceil_div(s->OH, p->rows);
}

static plan get_plan(const oct_conv_u16_tiles *tiles, const oct_conv_int_shape *s)
{
    plan p = {.g = oct_conv_u8s8_get_geometry(s), .tiles = tiles, .area = (int64_t)s->KH * s->KW};
    p.n_classes = p.g.n_h * p.g.n_w;
    p.unit = tiles->form == OCT_CONV_U16_BYTES ? OCT_CONV_U16_BYTES_UNIT : OCT_CONV_U16_WORDS_UNIT;
    p.unit_bytes = tiles->form == OCT_CONV_U16_HALVES ? 8 : 4;
    p.units = oct_ceil_div(p.g.ICG, p.unit);
    choose_panels(&p);
    choose_items(&p);
    return p;
}

const char *oct_conv_u16_dense_describe(const oct_conv_u16_tiles *tiles, const oct_conv_int_shape *s)
{
    return tiles->names[get_plan(tiles, s).nv];
}

size_t oct_conv_u16_dense_packed_size(const oct_conv_u16_tiles *tiles, const oct_conv_int_shape *s)
{
    return (size_t)(get_plan(tiles, s).group_bytes * s->G);
}

size_t oct_conv_u16_dense_n_items(const oct_conv_u16_tiles *tiles, const oct_conv_int_shape *s)
{
    const plan p = get_plan(tiles, s);
    return (size_t)p.g.s.N * (size_t)(p.n_row_blocks * p.n_panel_blocks);
}

/* ---- a panel: its place, its parts, its packing ---- */

typedef struct panel {
    int64_t group, oc, n_oc, nv, width; /* oc: first channel */
    int64_t at;                         /* bytes from `packed` */
} panel;

static panel get_panel(const plan *p, int64_t index)
{
    const int64_t group = index / p->n_panels, i = index % p->n_panels, vl = p->tiles->vl;
    const int64_t nv = i == p->n_panels - 1 ? p->last_nv : p->nv, first = i * p->nv * vl;
    return (panel){group, group * p->g.OCG + first, oct_min64(p->g.OCG - first, nv * vl), nv, nv * vl,
                   group * p->group_bytes + i * p->panel_bytes};
}

/* Input channel 0.. of element i of a unit; -1 where there is none or it belongs to the unit before. */
static int64_t channel_of(const plan *p, int64_t unit, int64_t i)
{
    if (unit < p->units - 1 || p->g.ICG % p->unit == 0)
        return p->unit * unit + i;
    const int64_t ic = oct_max64(0, p->g.ICG - p->unit) + i;
    return ic >= p->unit * unit && ic < p->g.ICG ? ic : -1;
}

/* Element i of unit `unit` (counted through all taps) of channel c of a panel. */
static void put_weight(const plan *p, void *w, int64_t width, int64_t unit, int64_t c, int64_t i, int32_t v)
{
    int16_t *words = w;
    if (p->tiles->form == OCT_CONV_U16_BYTES)
        ((int8_t *)w)[(unit * width + c) * 4 + i] = (int8_t)v;
    else if (p->tiles->form == OCT_CONV_U16_WORDS)
        words[(unit * width + c) * 2 + i] = (int16_t)v;
    else {
        words[(unit * 2 * width + c) * 2 + i] = (int16_t)(v & 255);
        words[((unit * 2 + 1) * width + c) * 2 + i] = (int16_t)((v - (v & 255)) / 256);
    }
}

static int64_t get_weight(const plan *p, const void *w, int64_t width, int64_t unit, int64_t c, int64_t i)
{
    const int16_t *words = w;
    if (p->tiles->form == OCT_CONV_U16_BYTES)
        return ((const int8_t *)w)[(unit * width + c) * 4 + i];
    if (p->tiles->form == OCT_CONV_U16_WORDS)
        return words[(unit * width + c) * 2 + i];
    return words[(unit * 2 * width + c) * 2 + i] + 256 * words[((unit * 2 + 1) * width + c) * 2 + i];
}

static void pack_channel(const plan *p, const panel *q, char *dst, const oct_conv_u16_weights *w, int64_t c)
{
    const int64_t oc = q->oc + c;
    int64_t *bias = (int64_t *)(void *)dst;
    float *mult = (float *)(void *)(bias + p->n_classes * q->width);
    oct_conv_u16_class_biases(bias + c, q->width, &p->g, w, oc, p->tiles->form != OCT_CONV_U16_BYTES);
    mult[c] = oct_conv_u16_mult(&p->g, w, oc);
    for (int64_t unit = 0; unit < p->area * p->units; unit++)
        for (int64_t i = 0; i < p->unit; i++) {
            const int64_t ic = channel_of(p, unit % p->units, i);
            if (ic >= 0)
                put_weight(p, mult + q->width, q->width, unit, c, i,
                           oct_conv_u16_weight(&p->g, w, oc, ic, unit / p->units));
        }
}

void oct_conv_u16_dense_pack(const oct_conv_u16_tiles *tiles, void *dst, const oct_conv_int_shape *s,
                             const oct_conv_u16_weights *w)
{
    const plan p = get_plan(tiles, s);
    memset(dst, 0, (size_t)(p.group_bytes * s->G));
    for (int64_t i = 0; i < p.n_panels * s->G; i++) {
        const panel q = get_panel(&p, i);
        for (int64_t c = 0; c < q.n_oc; c++)
            pack_channel(&p, &q, (char *)dst + q.at, w, c);
    }
}

/* ---- running ---- */

typedef struct job {
    const plan *p;
    const oct_conv_u16_args *a;
    panel q;
    const int64_t *bias; /* of class 0 */
    const char *w;       /* first weights of the panel */
    int64_t x_elems;
    oct_conv_u16_tile t;
} job;

/* x as the panel's weights want it */
static int64_t get_x(const job *j, uint16_t x)
{
    const uint16_t v = x ^ j->t.x_flip;
    return j->p->tiles->form == OCT_CONV_U16_BYTES ? v : (int16_t)v;
}

/* The last position of a tile's row in plain C, for fewer channels than a unit at the end of the image. */
static void run_position(const job *j, int64_t position)
{
    const oct_conv_u16_tile *t = &j->t;
    const uint16_t *x = t->x + position * t->x_step;
    for (int64_t c = 0; c < j->q.n_oc; c++) {
        uint64_t acc = (uint64_t)t->bias[c];
        int64_t unit = 0;
        for (int64_t row = 0; row < t->n_rows; row++, unit += t->w_row)
            for (int64_t col = 0; col < t->n_cols; col++, unit++)
                for (int64_t i = 0; i < t->n_x; i++)
                    acc += (uint64_t)(get_x(j, x[row * t->x_row + col * t->x_col + i]) *
                                      get_weight(j->p, t->w, j->q.width, unit, c, i));
        t->y[position * t->y_step + c] = oct_conv_u16_requant((int64_t)acc, t->mult[c], &t->out);
    }
}

/* n positions one x_step and y_step apart, in tiles of two nearly equal sizes. */
static void run_row(job *j, const uint16_t *x, uint16_t *y, int64_t n)
{
    oct_conv_u16_tile *t = &j->t;
    const int64_t max_p = j->p->tiles->max_p[j->q.nv];
    t->x = x;
    t->y = y;
    if (t->n_x < j->p->unit && t->n_rows > 0) {
        const int64_t reach = (t->n_rows - 1) * t->x_row + (t->n_cols - 1) * t->x_col + j->p->unit;
        while (n > 0 && x - j->a->x + (n - 1) * t->x_step + reach > j->x_elems)
            run_position(j, --n);
        if (n == 0)
            return;
    }
    const int64_t n_tiles = oct_ceil_div(n, max_p), n_large = n % n_tiles;
    t->P = n / n_tiles + 1;
    t->n_tiles = n_large;
    if (n_large > 0)
        j->p->tiles->run[j->q.nv](t);
    t->x += n_large * t->P * t->x_step;
    t->y += n_large * t->P * t->y_step;
    t->P--;
    t->n_tiles = n_tiles - n_large;
    j->p->tiles->run[j->q.nv](t);
}

/* The taps of a row of positions; whole rows of pixels are one run where nothing lies between them. */
static void set_taps(job *j, oct_conv_span rows, oct_conv_span cols)
{
    const plan *p = j->p;
    const oct_conv_int_shape *s = &p->g.s;
    oct_conv_u16_tile *t = &j->t;
    const int64_t n_cols = cols.end - cols.begin;
    const bool joined = s->G == 1 && s->dilation_w == 1 && s->C % p->unit == 0;
    t->w = j->w + (rows.begin * s->KW + cols.begin) * p->units * p->unit_bytes * j->q.width;
    t->n_rows = n_cols == 0 ? 0 : rows.end - rows.begin;
    t->n_cols = joined ? 1 : n_cols;
    t->n_x = joined ? n_cols * s->C : p->g.ICG;
    t->x_row = (int64_t)s->dilation_h * s->W * s->C;
    t->x_col = (int64_t)s->dilation_w * s->C;
    t->w_row = (s->KW - n_cols) * p->units;
}

/* All positions of rows x cols of image n, which have the same taps. */
static void run_rect(job *j, int64_t n, oct_conv_span rows, oct_conv_span cols, int64_t class)
{
    const oct_conv_int_shape *s = &j->p->g.s;
    const oct_conv_span kh = oct_conv_axis_taps(&j->p->g.h, rows.begin), kw = oct_conv_axis_taps(&j->p->g.w, cols.begin);
    oct_conv_u16_tile *t = &j->t;
    set_taps(j, kh, kw);
    t->bias = j->bias + class * j->q.width;
    int64_t n_rows = rows.end - rows.begin, n_cols = cols.end - cols.begin;
    int64_t x_row = (int64_t)s->stride_h * s->W * s->C, y_row = (int64_t)s->OW * s->OC;
    t->x_step = (int64_t)s->stride_w * s->C;
    t->y_step = s->OC;
    const int64_t ih = rows.begin * s->stride_h - s->pad_top + kh.begin * s->dilation_h;
    const int64_t iw = cols.begin * s->stride_w - s->pad_left + kw.begin * s->dilation_w;
    const uint16_t *x = j->a->x;
    if (t->n_rows == 0)
        x_row = t->x_step = 0; /* nothing is read: keep the pointers valid */
    else
        x += ((n * s->H + ih) * s->W + iw) * s->C + j->q.group * j->p->g.ICG;
    uint16_t *y = j->a->y + ((n * s->OH + rows.begin) * s->OW + cols.begin) * s->OC + j->q.oc;
    if (n_cols == 1) { /* a column is a row in another direction */
        t->x_step = x_row;
        t->y_step = y_row;
        n_cols = n_rows;
        n_rows = 1;
    }
    for (int64_t row = 0; row < n_rows; row++)
        run_row(j, x + row * x_row, y + row * y_row, n_cols);
}

static void run_panel(job *j, int64_t n, oct_conv_span block)
{
    const oct_conv_u8s8_geometry *g = &j->p->g;
    int64_t row_class = oct_conv_axis_class(&g->h, block.begin);
    for (oct_conv_span rows = {.begin = block.begin}; rows.begin < block.end; rows.begin = rows.end, row_class++) {
        rows.end = oct_conv_axis_run(&g->h, rows.begin, block.end);
        int64_t class = row_class * g->n_w;
        for (oct_conv_span cols = {0, 0}; cols.begin < g->s.OW; cols.begin = cols.end, class++) {
            cols.end = oct_conv_axis_run(&g->w, cols.begin, g->s.OW);
            run_rect(j, n, rows, cols, class);
        }
    }
}

void oct_conv_u16_dense_run(const oct_conv_u16_tiles *tiles, const oct_conv_u16_args *a, size_t item)
{
    const plan p = get_plan(tiles, a->shape);
    const oct_conv_int_shape *s = a->shape;
    const int64_t i = (int64_t)item, n_blocks = (int64_t)p.g.s.N * p.n_row_blocks;
    const int64_t first = i / n_blocks * p.panels, n = i % n_blocks / p.n_row_blocks, block = i % p.n_row_blocks;
    const oct_conv_span rows = {block * p.rows, oct_min64((block + 1) * p.rows, p.g.s.OH)};
    job j = {.p = &p, .a = a, .x_elems = (int64_t)s->N * s->H * s->W * s->C};
    j.t.out = oct_conv_u16_get_out(a);
    j.t.x_flip = s->x_signed == (tiles->form == OCT_CONV_U16_BYTES) ? 0x8000 : 0;
    for (int64_t k = first; k < oct_min64(first + p.panels, p.n_panels * p.g.s.G); k++) {
        j.q = get_panel(&p, k);
        j.bias = (const int64_t *)(const void *)((const char *)a->packed + j.q.at);
        j.t.mult = (const float *)(const void *)(j.bias + p.n_classes * j.q.width);
        j.w = (const char *)(j.t.mult + j.q.width);
        j.t.n_oc = j.q.n_oc;
        run_panel(&j, n, rows);
    }
}
