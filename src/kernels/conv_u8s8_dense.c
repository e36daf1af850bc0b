/* The walk of a uint8 convolution over panels, rectangles of positions and tiles, and its packing; see conv_u8s8_dense.h.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kernels/conv_u8s8_dense.h"

#include <string.h>

#include "base/compiler.h"
#include "kernels/conv_int_plan.h"

#define MAX_WIDTH 64
#define SMALL_WEIGHTS 24576 /* bytes that stay in L1 beside the positions of an item */
#define SMALL_ITEM 192      /* positions of an item then: all its panels write them while they are in L1 */
#define MIN_ITEMS 16        /* so that some threads share them evenly */
#define MIN_POSITIONS 56    /* of an item: whole tiles */
#define MOST_SUMS 512       /* positions whose sums are kept at once */
#define FEW_POSITIONS 6     /* fewer need wide panels, or too few sums are in flight */

typedef struct plan {
    oct_conv_u8s8_geometry g;
    const oct_conv_u8s8_tiles *tiles;
    int64_t quads;                 /* of one tap */
    int64_t nv, last_nv, n_panels; /* of one group */
    int64_t elem;                  /* bytes of a packed weight */
    bool shifts;
    int64_t panel_bytes, group_bytes;
    int64_t rows, n_row_blocks;    /* output rows of an item; blocks of one image */
    int64_t panels, n_panel_blocks;/* panels of an item, counted through all groups */
} plan;

static int64_t get_panel_bytes(const plan *p, int64_t nv)
{
    const int64_t K4 = (int64_t)p->g.s.KH * p->g.s.KW * p->quads, width = nv * p->tiles->vl;
    const int64_t head = (p->g.n_h * p->g.n_w + 1 + p->shifts) * 4;
    return (int64_t)oct_round_up((uint64_t)(width * (head + K4 * 4 * p->elem)), OCT_CACHE_LINE);
}

static void choose_panels(plan *p)
{
    const oct_conv_u8s8_tiles *t = p->tiles;
    const int64_t n_positions = (int64_t)p->g.s.N * p->g.s.OH * p->g.s.OW, n_vec = oct_ceil_div(p->g.OCG, t->vl);
    p->nv = n_positions <= FEW_POSITIONS && t->max_p[4] >= n_positions ? 4 : t->nv;
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
    const bool small = p->group_bytes * s->G <= SMALL_WEIGHTS, has_borders = s->KH > 1 && s->OW > 1;
    p->panels = small ? n_panels : 1;
    if (small)
        p->rows = oct_max64(oct_ceil_div(SMALL_ITEM, s->OW), has_borders ? 8 : 1);
    else
        p->rows = oct_max64(oct_max64(oct_ceil_div(s->OH, oct_ceil_div(MIN_ITEMS, n_panels)),
                                      oct_ceil_div(MIN_POSITIONS, s->OW)),
                        has_borders ? 4 : 1);
    p->rows = oct_min64(p->rows, s->OH);
    p->n_row_blocks = oct_ceil_div(s->OH, p->rows);
    p->n_panel_blocks = oct_ceil_div(n_panels, p->panels);
}

static plan get_plan(const oct_conv_u8s8_tiles *tiles, const oct_conv_int_shape *s)
{
    plan p = {.g = oct_conv_u8s8_get_geometry(s), .tiles = tiles, .elem = tiles->words ? 2 : 1,
              .shifts = s->wide_weights && !tiles->words};
    p.quads = oct_ceil_div(p.g.ICG, 4);
    choose_panels(&p);
    choose_items(&p);
    return p;
}

const char *oct_conv_u8s8_dense_describe(const oct_conv_u8s8_tiles *tiles, const oct_conv_int_shape *s)
{
    return tiles->names[get_plan(tiles, s).nv];
}

size_t oct_conv_u8s8_dense_packed_size(const oct_conv_u8s8_tiles *tiles, const oct_conv_int_shape *s)
{
    return (size_t)(get_plan(tiles, s).group_bytes * s->G);
}

size_t oct_conv_u8s8_dense_n_items(const oct_conv_u8s8_tiles *tiles, const oct_conv_int_shape *s)
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
    const int64_t group = index / p->n_panels, i = index % p->n_panels;
    const int64_t nv = i == p->n_panels - 1 ? p->last_nv : p->nv, first = i * p->nv * p->tiles->vl;
    return (panel){group, group * p->g.OCG + first, oct_min64(p->g.OCG - first, nv * p->tiles->vl), nv, nv * p->tiles->vl,
                   group * p->group_bytes + i * p->panel_bytes};
}

/* Element of byte i (0..3) of the quad of the channel at `slot`. */
static int64_t weight_index(const plan *p, int64_t width, int64_t quad, int64_t slot, int64_t i)
{
    return quad * width * 4 + (p->tiles->words ? i % 2 * width * 2 + slot * 2 + i / 2 : slot * 4 + i);
}

/* Input channel 0.. of byte i of a quad; -1 where the byte is none or belongs to the quad before. */
static int64_t channel_of(const plan *p, int64_t quad, int64_t i)
{
    if (quad < p->quads - 1 || p->g.ICG % 4 == 0)
        return 4 * quad + i;
    const int64_t ic = oct_max64(0, p->g.ICG - 4) + i;
    return ic >= 4 * quad && ic < p->g.ICG ? ic : -1;
}

/* What is subtracted from the weights of a channel so that they fit int8. */
static int16_t get_shift(const plan *p, const oct_conv_u8s8_weights *w, int64_t oc)
{
    int16_t least = 0, most = 0;
    for (int64_t tap = 0; tap < (int64_t)p->g.s.KH * p->g.s.KW; tap++)
        for (int64_t i = 0; i < p->g.ICG; i++) {
            const int16_t v = oct_conv_u8s8_weight(&p->g, w, oc, i, tap);
            least = v < least ? v : least;
            most = v > most ? v : most;
        }
    return (int16_t)(most > 127 ? most - 127 : least < -128 ? least + 128 : 0);
}

static void pack_channel(const plan *p, const panel *q, char *dst, const oct_conv_u8s8_weights *w, int64_t c)
{
    const int64_t slot = p->tiles->slot(q->nv, c), n_classes = p->g.n_h * p->g.n_w, oc = q->oc + c;
    int32_t *bias = (int32_t *)(void *)dst;
    float *mult = (float *)(void *)(bias + n_classes * q->width);
    int32_t *shift = (int32_t *)(void *)(mult + q->width);
    int8_t *bytes = (int8_t *)(shift + (p->shifts ? q->width : 0));
    int16_t *words = (int16_t *)(void *)bytes;
    const int16_t sub = p->shifts ? get_shift(p, w, oc) : 0;
    oct_conv_u8s8_class_biases(bias + slot, q->width, &p->g, w, oc);
    mult[slot] = oct_conv_u8s8_mult(&p->g, w, oc);
    if (p->shifts)
        shift[slot] = sub;
    for (int64_t k = 0; k < (int64_t)p->g.s.KH * p->g.s.KW * p->quads * 4; k++) {
        const int64_t quad = k / 4, ic = channel_of(p, quad % p->quads, k % 4);
        const int64_t to = weight_index(p, q->width, quad, slot, k % 4);
        if (ic < 0)
            continue;
        const int16_t v = oct_conv_u8s8_weight(&p->g, w, oc, ic, quad / p->quads);
        if (p->tiles->words)
            words[to] = v;
        else
            bytes[to] = (int8_t)(v - sub);
    }
}

void oct_conv_u8s8_dense_pack(const oct_conv_u8s8_tiles *tiles, void *dst, const oct_conv_int_shape *s,
                              const oct_conv_u8s8_weights *w)
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
    const oct_conv_u8s8_args *a;
    panel q;
    const int32_t *bias; /* of class 0 */
    const char *w;       /* first weights of the panel */
    int64_t x_bytes;
    oct_conv_u8s8_tile t;
} job;

static int32_t get_weight(const plan *p, const void *w, int64_t at)
{
    return p->tiles->words ? ((const int16_t *)w)[at] : ((const int8_t *)w)[at];
}

/* The last position of a tile's row in plain C, byte by byte: for fewer than four channels at the end of the image. */
static void run_position(const job *j, int64_t position)
{
    const oct_conv_u8s8_tile *t = &j->t;
    const uint8_t *x = t->x + position * t->x_step, flip = oct_conv_u8s8_x_flip(&j->p->g.s);
    for (int64_t c = 0; c < j->q.n_oc; c++) {
        const int64_t slot = j->p->tiles->slot(j->q.nv, c);
        uint32_t acc = (uint32_t)t->bias[slot];
        int64_t quad = 0;
        for (int64_t row = 0; row < t->n_rows; row++, quad += t->w_row)
            for (int64_t col = 0; col < t->n_cols; col++, quad++)
                for (int64_t i = 0; i < t->n_bytes; i++)
                    acc += (uint32_t)((x[row * t->x_row + col * t->x_col + i] ^ flip) *
                                      (get_weight(j->p, t->w, weight_index(j->p, j->q.width, quad, slot, i)) +
                                       (t->shift ? t->shift[slot] : 0)));
        t->y[position * t->y_step + c] = oct_conv_u8s8_requant((int32_t)acc, t->mult[slot], &t->out);
    }
}

/* n positions one x_step and y_step apart, in tiles of two nearly equal sizes. */
static void run_tiles(job *j, int64_t n)
{
    oct_conv_u8s8_tile *t = &j->t;
    const int64_t max_p = j->p->tiles->max_p[j->q.nv], n_tiles = oct_ceil_div(n, max_p), P = n / n_tiles;
    t->n_tiles = n % n_tiles;
    if (t->n_tiles > 0) {
        const int64_t done = t->n_tiles * (P + 1);
        j->p->tiles->run[j->q.nv][P + 1](t);
        t->x += done * t->x_step;
        t->y += done * t->y_step;
        t->sums += t->shift ? done : 0;
    }
    t->n_tiles = n_tiles - t->n_tiles;
    j->p->tiles->run[j->q.nv][P](t);
}

/* The same where weights are shifted. */
static void run_shifted(job *j, const uint8_t *x, uint8_t *y, int64_t n)
{
    oct_conv_u8s8_tile *t = &j->t;
    int32_t sums[MOST_SUMS];
    for (int64_t i = 0; i < n; i += MOST_SUMS) {
        const int64_t m = oct_min64(n - i, MOST_SUMS);
        t->x = x + i * t->x_step;
        t->y = y + i * t->y_step;
        t->sums = sums;
        j->p->tiles->sum(sums, t, m);
        run_tiles(j, m);
    }
}

static void run_row(job *j, const uint8_t *x, uint8_t *y, int64_t n)
{
    oct_conv_u8s8_tile *t = &j->t;
    t->x = x;
    t->y = y;
    if (t->n_bytes < 4 && t->n_rows > 0) {
        const int64_t reach = (t->n_rows - 1) * t->x_row + (t->n_cols - 1) * t->x_col + 4;
        while (n > 0 && x - j->a->x + (n - 1) * t->x_step + reach > j->x_bytes)
            run_position(j, --n);
        if (n == 0)
            return;
    }
    if (t->shift)
        run_shifted(j, x, y, n);
    else
        run_tiles(j, n);
}

/* The taps of a rectangle; whole rows of pixels are one run where nothing lies between them. */
static void set_taps(job *j, oct_conv_span rows, oct_conv_span cols)
{
    const plan *p = j->p;
    const oct_conv_int_shape *s = &p->g.s;
    oct_conv_u8s8_tile *t = &j->t;
    const int64_t n_cols = cols.end - cols.begin, width_bytes = j->q.width * 4 * p->elem;
    const bool joined = s->G == 1 && s->dilation_w == 1 && s->C % 4 == 0;
    t->w = j->w + (rows.begin * s->KW + cols.begin) * p->quads * width_bytes;
    t->n_rows = n_cols == 0 ? 0 : rows.end - rows.begin;
    t->n_cols = joined ? 1 : n_cols;
    t->n_bytes = joined ? n_cols * s->C : p->g.ICG;
    t->x_row = (int64_t)s->dilation_h * s->W * s->C;
    t->x_col = (int64_t)s->dilation_w * s->C;
    t->w_row = (s->KW - n_cols) * p->quads;
}

/* All positions of rows x cols of image n, which have the same taps. */
static void run_rect(job *j, int64_t n, oct_conv_span rows, oct_conv_span cols, int64_t class)
{
    const oct_conv_int_shape *s = &j->p->g.s;
    const oct_conv_span kh = oct_conv_axis_taps(&j->p->g.h, rows.begin), kw = oct_conv_axis_taps(&j->p->g.w, cols.begin);
    oct_conv_u8s8_tile *t = &j->t;
    set_taps(j, kh, kw);
    t->bias = j->bias + class * j->q.width;
    int64_t n_rows = rows.end - rows.begin, n_cols = cols.end - cols.begin;
    int64_t x_row = (int64_t)s->stride_h * s->W * s->C, y_row = (int64_t)s->OW * s->OC;
    t->x_step = (int64_t)s->stride_w * s->C;
    t->y_step = s->OC;
    const int64_t ih = rows.begin * s->stride_h - s->pad_top + kh.begin * s->dilation_h;
    const int64_t iw = cols.begin * s->stride_w - s->pad_left + kw.begin * s->dilation_w;
    const uint8_t *x = j->a->x;
    if (t->n_rows == 0)
        x_row = t->x_step = 0; /* nothing is read: keep the pointers valid */
    else
        x += ((n * s->H + ih) * s->W + iw) * s->C + j->q.group * j->p->g.ICG;
    uint8_t *y = j->a->y + ((n * s->OH + rows.begin) * s->OW + cols.begin) * s->OC + j->q.oc;
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

void oct_conv_u8s8_dense_run(const oct_conv_u8s8_tiles *tiles, const oct_conv_u8s8_args *a, size_t item)
{
    const plan p = get_plan(tiles, a->shape);
    const int64_t i = (int64_t)item, n_blocks = (int64_t)p.g.s.N * p.n_row_blocks;
    const int64_t first = i / n_blocks * p.panels, n = i % n_blocks / p.n_row_blocks, block = i % p.n_row_blocks;
    const oct_conv_span rows = {block * p.rows, oct_min64((block + 1) * p.rows, p.g.s.OH)};
    job j = {.p = &p, .a = a, .x_bytes = (int64_t)a->shape->N * a->shape->H * a->shape->W * a->shape->C};
    j.t.out = oct_conv_u8s8_get_out(a);
    j.t.x_signed = a->shape->x_signed;
    for (int64_t k = first; k < oct_min64(first + p.panels, p.n_panels * p.g.s.G); k++) {
        j.q = get_panel(&p, k);
        j.bias = (const int32_t *)(const void *)((const char *)a->packed + j.q.at);
        j.t.mult = (const float *)(const void *)(j.bias + p.g.n_h * p.g.n_w * j.q.width);
        j.w = (const char *)(j.t.mult + j.q.width * (p.shifts ? 2 : 1));
        j.t.shift = p.shifts ? (const int32_t *)(const void *)(j.t.mult + j.q.width) : NULL;
        j.t.n_oc = j.q.n_oc;
        run_panel(&j, n, rows);
    }
}
