/* The walk of a uint8 convolution over panels, rectangles of positions and tiles; see conv_u8s8_dense.h.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kernels/conv_u8s8_dense.h"

#include <string.h>

#include "base/compiler.h"

#define MERGED_ITEM 1024 /* positions of items, all panels of which stay in L1, that are done as one */
#define MOST_SUMS 512 /* positions whose sums are kept at once */

/* Where the pixels are: those of the image, or of a strip. */
typedef struct view {
    const uint8_t *x;
    int64_t pitch, cols, left, row; /* bytes of a pixel, pixels of a row, those left of the image, the first row */
    int64_t skip_h, skip_w;               /* as of the plan */
} view;

typedef struct job {
    const oct_conv_u8s8_dense_plan *p;
    const oct_conv_u8s8_args *a;
    oct_conv_u8s8_panel q;
    const char *panel;
    view v;
    oct_conv_u8s8_tile t;
    oct_conv_u8s8_taps taps;
} job;

/* ---- strips ---- */

/* What is xored to a byte of the image on its way to a strip: levels with signs take int8 as it is. */
static uint8_t strip_flip(const job *j)
{
    return j->p->tiles->signs ? 0 : oct_conv_u8s8_x_flip(&j->p->g.s);
}

/* n pixels without gaps. */
static void copy_pixels(const job *j, uint8_t *to, const uint8_t *x, int64_t n)
{
    const int64_t n_bytes = n * j->p->g.s.C;
    const uint8_t flip = strip_flip(j);
    if (flip == 0)
        memcpy(to, x, (size_t)n_bytes);
    else
        for (int64_t i = 0; i < n_bytes; i++)
            to[i] = x[i] ^ flip;
}

/* A row of the strip, from the pixels of the image at x; what is outside the image becomes x = 0. */
static void copy_row(const job *j, uint8_t *to, const uint8_t *x)
{
    const oct_conv_u8s8_dense_plan *p = j->p;
    const oct_conv_int_shape *s = &p->g.s;
    const int64_t left = oct_min64(p->strip_left, p->strip_cols), C = s->C;
    const int outside = oct_conv_u8s8_x_flip(s) ^ strip_flip(j);
    const int64_t n = oct_min64(oct_ceil_div(s->W, p->skip_w), p->strip_cols - left);
    uint8_t *first = to + left * C;
    if (s->x_pitch == C && p->skip_w == 1)
        copy_pixels(j, first, x, n);
    else
        for (int64_t i = 0; i < n; i++)
            copy_pixels(j, first + i * C, x + i * p->skip_w * s->x_pitch, 1);
    memset(to, outside, (size_t)(left * C));
    memset(first + n * C, outside, (size_t)((p->strip_cols - left - n) * C));
}

/* The rows of image n that outputs `rows` read. */
static void make_strip(job *j, int64_t n, oct_conv_span rows)
{
    const oct_conv_u8s8_dense_plan *p = j->p;
    const oct_conv_int_shape *s = &p->g.s;
    uint8_t *at = j->a->scratch;
    int64_t first, last;
    oct_conv_axis_pixels(&p->g.h, rows.begin, rows.end, &first, &last);
    const int64_t n_rows = oct_ceil_div(last - first, p->skip_h), row_bytes = p->strip_cols * s->C;
    const uint8_t *x = j->a->x + (n * s->H + first) * s->W * s->x_pitch;
    j->v = (view){.x = at, .pitch = s->C, .cols = p->strip_cols, .left = p->strip_left, .row = first,
                  .skip_h = p->skip_h, .skip_w = p->skip_w};
    for (int64_t row = 0; row < n_rows; row++)
        copy_row(j, at + row * row_bytes, x + row * p->skip_h * s->W * s->x_pitch);
    memset(at + n_rows * row_bytes, 0, 4); /* the rest of the last quad */
}

/* ---- positions ---- */

static void run_some(job *j, oct_conv_u8s8_tile_fn run, int64_t P, int64_t n_tiles)
{
    oct_conv_u8s8_tile *t = &j->t;
    t->n_tiles = n_tiles;
    if (n_tiles == 0)
        return;
    run(t);
    oct_conv_u8s8_advance(t, n_tiles * P, n_tiles);
}

/* n > 0 positions in tiles of two nearly equal sizes, or, if there are none, in the largest ones. */
static void run_singles(job *j, int64_t n)
{
    const oct_conv_u8s8_tile_fn *run = j->p->tiles->run[j->q.nv];
    const int64_t max_p = j->p->tiles->max_p[j->q.nv], n_tiles = oct_ceil_div(n, max_p), P = n / n_tiles, rest = n % n_tiles;
    if (run[P] && (rest == 0 || run[P + 1])) {
        run_some(j, run[P + 1], P + 1, rest);
        run_some(j, run[P], P, n_tiles - rest);
        return;
    }
    for (int64_t p = max_p; n > 0; p--)
        if (run[p]) {
            run_some(j, run[p], p, n / p);
            n %= p;
        }
}

static void run_tiles(job *j, int64_t n)
{
    const oct_conv_u8s8_tiles *tiles = j->p->tiles;
    if (tiles->run_many)
        n -= tiles->run_many(&j->t, j->q.nv, n);
    if (n > 0)
        run_singles(j, n);
}

/* The same where positions have sums of their own. */
static void run_summed(job *j, int64_t n)
{
    const oct_conv_u8s8_tile first = j->t;
    oct_conv_u8s8_tile *t = &j->t;
    int32_t sums[MOST_SUMS];
    for (int64_t i = 0, m; i < n; i += m) {
        m = oct_min64(n - i, MOST_SUMS);
        t->x = first.x + i * t->x_step;
        t->y = first.y + i * t->y_step;
        t->r = first.r + i * t->r_step;
        t->sums = sums;
        j->p->tiles->sum(sums, t, m);
        run_tiles(j, m);
    }
}

void oct_conv_u8s8_list_taps(oct_conv_u8s8_taps *taps, const oct_conv_u8s8_tile *t, int64_t first)
{
    const int64_t quads = t->step_col - 1, n = oct_min64(t->n_rows * t->n_cols - first, OCT_CONV_U8S8_MOST_TAPS);
    int64_t row = n > 0 ? first / t->n_cols : 0, col = n > 0 ? first % t->n_cols : 0;
    taps->n = n;
    for (oct_conv_u8s8_tap *tap = taps->list; tap < taps->list + n; tap++, first++) {
        const int32_t *steps = t->steps + row * t->step_row + col * t->step_col;
        tap->x = row * t->x_row + col * t->x_col;
        tap->w = (const uint8_t *)t->w + (first * quads + row * t->w_row) * t->w_quad;
        tap->steps = steps + 1;
        tap->pairs_end = tap->steps + 2 * steps[0];
        tap->end = steps + t->step_col;
        if (++col == t->n_cols) {
            col = 0;
            row++;
        }
    }
}

/* The taps of a rectangle; whole rows of pixels are one tap where nothing lies between them and order does not matter. */
static void set_taps(job *j, oct_conv_span rows, oct_conv_span cols)
{
    const oct_conv_u8s8_dense_plan *p = j->p;
    const oct_conv_int_shape *s = &p->g.s;
    oct_conv_u8s8_tile *t = &j->t;
    const int64_t n_cols = cols.end - cols.begin, first_col = p->runs ? 0 : cols.begin, n_taps = p->runs ? 1 : n_cols;
    const int64_t first = rows.begin * p->tap_cols + first_col, steps = 1 + p->quads;
    const bool joined = !p->runs && !p->tiles->signs && s->G == 1 && s->dilation_w == 1 && s->C % 4 == 0 &&
                        j->v.pitch == s->C;
    t->w_quad = j->q.width * j->q.quad_bytes;
    t->w = j->panel + j->q.w + first * p->quads * t->w_quad;
    t->steps = (const int32_t *)(const void *)(j->panel + j->q.steps) + first * steps;
    t->step_row = p->tap_cols * steps;
    t->step_col = steps;
    t->n_rows = n_cols == 0 ? 0 : rows.end - rows.begin;
    t->n_cols = joined ? 1 : n_taps;
    t->n_bytes = joined ? n_cols * s->C : p->tap_bytes;
    t->x_row = s->dilation_h * j->v.cols * j->v.pitch;
    t->x_col = s->dilation_w * j->v.pitch;
    t->w_row = (p->tap_cols - n_taps) * p->quads;
    t->w_next = rows.end - rows.begin == s->KH && n_cols == s->KW ? p->panel_bytes : 0;
    if (p->tiles->signs) {
        t->taps = &j->taps;
        oct_conv_u8s8_list_taps(&j->taps, t, 0);
    }
}

/* All positions of rows x cols of image n, which have the same taps. */
static void run_rect(job *j, int64_t n, oct_conv_span rows, oct_conv_span cols, int64_t class)
{
    const oct_conv_u8s8_dense_plan *p = j->p;
    const oct_conv_int_shape *s = &p->g.s;
    const oct_conv_span kh = oct_conv_axis_taps(&p->g.h, rows.begin), kw = oct_conv_axis_taps(&p->g.w, cols.begin);
    const view *v = &j->v;
    oct_conv_u8s8_tile *t = &j->t;
    set_taps(j, kh, kw);
    t->bias = (const int32_t *)(const void *)j->panel + class * j->q.width;
    int64_t n_rows = rows.end - rows.begin, n_cols = cols.end - cols.begin;
    int64_t row_step = s->stride_h / v->skip_h * v->cols, col_step = s->stride_w / v->skip_w, y_row = s->OW, y_col = 1;
    const int64_t ih = rows.begin * s->stride_h - s->pad_top + kh.begin * s->dilation_h;
    const int64_t iw = cols.begin * s->stride_w - s->pad_left + (p->runs ? 0 : kw.begin * s->dilation_w);
    int64_t first = (ih - v->row) / v->skip_h * v->cols + iw / v->skip_w + v->left;
    const int64_t position = (n * s->OH + rows.begin) * s->OW + cols.begin;
    if (t->n_rows == 0)
        first = row_step = col_step = 0; /* nothing is read: keep the pointers valid */
    if (n_cols == 1) { /* a column is a row in another direction */
        col_step = row_step;
        y_col = y_row;
        n_cols = n_rows;
        n_rows = 1;
    }
    t->x_step = col_step * v->pitch;
    t->y_step = y_col * s->y_pitch;
    t->r_step = t->out.add ? y_col * s->r_pitch : 0;
    t->n_lines = n_rows;
    t->x_line = row_step * v->pitch;
    t->y_line = y_row * s->y_pitch;
    const uint8_t *x = t->x = v->x + first * v->pitch + j->q.group * p->g.ICG;
    uint8_t *y = t->y = j->a->y + position * s->y_pitch + j->q.oc * oct_conv_int_y_size(s);
    if (p->tiles->run_lines && p->tiles->run_lines(t, j->q.nv, n_cols))
        return;
    for (int64_t row = 0; row < n_rows; row++) {
        t->x = x + row * t->x_line;
        t->y = y + row * t->y_line;
        t->r = t->out.add ? j->a->r + (position + row * y_row) * s->r_pitch + j->q.oc : t->y;
        if (t->shift)
            run_summed(j, n_cols);
        else
            run_tiles(j, n_cols);
    }
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

/* How many items, of up to n from `block` of an image on, are done as one: fewer calls, longer rows of tiles. */
static int64_t merge_items(const oct_conv_u8s8_dense_plan *p, int64_t block, int64_t n)
{
    const int64_t positions = p->rows * p->g.s.OW;
    const int64_t most = p->strips ? 1 : p->in_l1 ? oct_max64(MERGED_ITEM / positions, 1) : n;
    return oct_min64(oct_min64(n, most), p->n_row_blocks - block);
}

/* All positions of the rows and of the panels of an item. */
static void run_rows(job *j, int64_t panel_block, int64_t n, oct_conv_span rows)
{
    const oct_conv_u8s8_dense_plan *p = j->p;
    const int64_t first = panel_block * p->panels;
    if (p->strips)
        make_strip(j, n, rows);
    for (int64_t k = first; k < oct_min64(first + p->panels, p->n_panels * p->g.s.G); k++) {
        j->q = oct_conv_u8s8_get_panel(p, k);
        j->panel = (const char *)j->a->packed + j->q.at;
        j->t.mult = (const float *)(const void *)(j->panel + j->q.mult);
        j->t.shift = p->shifts ? (const int32_t *)(const void *)(j->panel + j->q.shift) : NULL;
        j->t.n_oc = j->q.n_oc;
        j->t.n_ahead = p->in_l1 ? OCT_CONV_U8S8_MAX_NV : 0; /* nothing to ask for */
        j->t.bounded = *(const int32_t *)(const void *)(j->panel + j->q.bounded) != 0;
        run_panel(j, n, rows);
    }
}

void oct_conv_u8s8_dense_run(const oct_conv_u8s8_tiles *tiles, const oct_conv_u8s8_args *a, size_t first, size_t n)
{
    const oct_conv_u8s8_dense_plan p = oct_conv_u8s8_dense_get_plan(tiles, a->shape);
    const oct_conv_int_shape *s = &p.g.s;
    const int64_t n_blocks = (int64_t)s->N * p.n_row_blocks, end = oct_conv_u8s8_end(first, n, n_blocks * p.n_panel_blocks);
    job j = {.p = &p, .a = a};
    j.t.out = oct_conv_u8s8_get_out(a);
    j.t.x_signed = s->x_signed;
    for (int64_t i = (int64_t)first, m; i < end; i += m) {
        const int64_t image = i % n_blocks / p.n_row_blocks, block = i % p.n_row_blocks;
        m = merge_items(&p, block, end - i);
        j.v = (view){.x = a->x + image * s->H * s->W * s->x_pitch, .pitch = s->x_pitch, .cols = s->W, .skip_h = 1, .skip_w = 1};
        run_rows(&j, i / n_blocks, image, (oct_conv_span){block * p.rows, oct_min64((block + m) * p.rows, s->OH)});
    }
}
