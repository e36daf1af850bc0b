/* The walk of a float convolution over panels, rectangles of pixels and tiles; and the packing of its weights.
 * See conv_f32_dense.h for the design and conv_f32_plan.h for the blocking.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kernels/conv_f32_dense.h"

#include <math.h>
#include <string.h>

#include "base/compiler.h"
#include "kernels/conv_f32_plan.h"

#define MAX_WIDTH (OCT_CONV_F32_MAX_NV * OCT_CONV_F32_MAX_VL)

/* The work on one panel: its tile, filled in from the outside to the inside. */
typedef struct job {
    const oct_conv_f32_plan *plan;
    const oct_conv_f32_args *args;
    oct_conv_f32_tile_fn run;
    int64_t max_p, width;
    int64_t n_oc;                    /* outputs of the panel; less than width in the last one of a group */
    const float *bias, *w;           /* packed panel; bias of the border class at hand */
    const char *ahead, *ahead_end;   /* weights to prefetch */
    int64_t ahead_step;
    int64_t ic, oc;                  /* first input channel of the group, first output channel of the panel */
    oct_conv_f32_tile tile;
} job;

typedef struct rect {
    int64_t n;              /* image */
    oct_conv_span row, col; /* output pixels */
} rect;

/* Which taps, and whether the sums start from the bias and end in y for good. */
typedef struct box {
    oct_conv_span h, w, ic;
    bool first, last;
} box;

/* A tile of the last panel, which has fewer outputs than columns: its pixels bounce through a buffer. */
static void run_partial(job *j)
{
    float y[OCT_CONV_F32_MAX_P * MAX_WIDTH], r[OCT_CONV_F32_MAX_P * MAX_WIDTH];
    oct_conv_f32_tile t = j->tile;
    const size_t n_bytes = (size_t)j->n_oc * sizeof(float);
    memset(y, 0, (size_t)(t.P * j->width) * sizeof(float));
    memset(r, 0, (size_t)(t.P * j->width) * sizeof(float));
    t.n_tiles = 1;
    for (int64_t i = 0; i < j->tile.n_tiles; i++, t.x += t.x_advance) {
        for (int64_t p = 0; p < t.P; p++) {
            t.y[p] = y + p * j->width;
            t.r[p] = r + p * j->width;
            if (t.resumes)
                memcpy(y + p * j->width, j->tile.y[p] + i * t.y_advance, n_bytes);
            if (t.add_residual)
                memcpy(r + p * j->width, j->tile.r[p] + i * t.r_advance, n_bytes);
        }
        j->run(&t);
        for (int64_t p = 0; p < t.P; p++)
            memcpy(j->tile.y[p] + i * t.y_advance, y + p * j->width, n_bytes);
    }
}

/* Spread the fetching of the n_bytes after p evenly over all taps of the coming n_pixels. Without it the first tile that
 * passes over a cold panel waits for memory, for about twice its own time. Many pixels hide that anyway, and a few would
 * have to fetch more than the line per step that they can. */
static void look_ahead(job *j, const float *p, int64_t n_bytes, int64_t n_pixels, int64_t n_taps)
{
    const int64_t n_steps = (n_pixels + j->max_p - 1) / j->max_p * n_taps / OCT_CONV_F32_AHEAD_TAPS + 1;
    const int64_t step = (n_bytes + n_steps - 1) / n_steps;
    j->ahead = (const char *)p;
    j->ahead_end = j->ahead + n_bytes;
    j->ahead_step = n_pixels <= 400 && step <= 2 * OCT_CACHE_LINE ? step : 0;
}

static void run_calls(job *j, int64_t P)
{
    oct_conv_f32_tile *t = &j->tile;
    t->P = (int32_t)P;
    t->ahead_step = j->ahead < j->ahead_end ? j->ahead_step : 0;
    t->ahead = t->ahead_step > 0 ? j->ahead : (const char *)t->w;
    const int64_t n_prefetches = (t->n_k + OCT_CONV_F32_AHEAD_TAPS - 1) / OCT_CONV_F32_AHEAD_TAPS;
    j->ahead += t->n_tiles * t->n_segments * n_prefetches * t->ahead_step;
    if (j->n_oc == j->width)
        j->run(&j->tile);
    else
        run_partial(j);
}

/* Whether the pixels under a kernel row touch in memory, so that its (kw, ic) are one run of floats. */
static bool row_is_segment(const oct_conv_f32_plan *plan, const box *b)
{
    return (int64_t)plan->s.dilation_w * plan->s.x_pitch == b->ic.end - b->ic.begin || b->w.end - b->w.begin == 1;
}

/* The taps of a box, of which either the rows are segments or there is only one row. */
static void set_box(job *j, const box *b)
{
    const oct_conv_f32_plan *plan = j->plan;
    const oct_conv_f32_shape *s = &plan->s;
    oct_conv_f32_tile *t = &j->tile;
    const int64_t n_h = b->h.end - b->h.begin, n_w = b->w.end - b->w.begin, n_ic = b->ic.end - b->ic.begin;
    const bool clamp = b->last && s->act.kind == OCT_ACT_CLAMP, by_row = row_is_segment(plan, b);
    t->bias = j->bias;
    t->resumes = !b->first;
    t->lo = clamp ? s->act.lo : -INFINITY;
    t->hi = clamp ? s->act.hi : INFINITY;
    t->add_residual = b->last && s->has_residual;
    t->w = j->w + ((b->h.begin * s->KW + b->w.begin) * plan->ICG + b->ic.begin) * j->width;
    t->n_segments = n_w == 0 ? 0 : by_row ? n_h : n_w * n_h;
    t->n_k = by_row ? n_w * n_ic : n_ic;
    t->x_step = (by_row ? (int64_t)s->dilation_h * s->W : s->dilation_w) * s->x_pitch;
    t->w_skip = by_row ? (s->KW * plan->ICG - t->n_k) * j->width : (plan->ICG - n_ic) * j->width;
}

/* Where pixels lie: the offset in floats of the first one, from column to column, from row to row. */
typedef struct raster {
    int64_t at, step, row;
} raster;

/* n_tiles tiles of P pixels each from pixel `first` of a row on; all steps are those of the row. */
static void run_tiles(job *j, const raster *x, const raster *y, const raster *r, int64_t n_tiles, int64_t P)
{
    oct_conv_f32_tile *t = &j->tile;
    const oct_conv_f32_args *a = j->args;
    if (n_tiles == 0)
        return;
    t->x = a->x + x->at;
    for (int64_t p = 0; p < P; p++) {
        t->d[p] = p * x->step;
        t->y[p] = a->y + y->at + p * y->step;
        t->r[p] = j->plan->s.has_residual ? a->residual + r->at + p * r->step : NULL;
    }
    t->n_tiles = n_tiles;
    t->x_advance = P * x->step;
    t->y_advance = P * y->step;
    t->r_advance = P * r->step;
    run_calls(j, P);
}

/* Pixels row by row, in tiles of two nearly equal sizes. */
static void run_rows(job *j, const rect *rc, raster x, raster y, raster r)
{
    const int64_t n = rc->col.end - rc->col.begin, n_tiles = (n + j->max_p - 1) / j->max_p;
    const int64_t P = n / n_tiles, n_large = n % n_tiles, large = n_large * (P + 1);
    for (int64_t row = rc->row.begin; row < rc->row.end; row++) {
        raster x2 = x, y2 = y, r2 = r;
        run_tiles(j, &x, &y, &r, n_large, P + 1);
        x2.at += large * x.step;
        y2.at += large * y.step;
        r2.at += large * r.step;
        run_tiles(j, &x2, &y2, &r2, n_tiles - n_large, P);
        x.at += x.row;
        y.at += y.row;
        r.at += r.row;
    }
}

/* The same for narrow rectangles: tiles go on from one row to the next, each pixel has its own address. */
static void run_crossing(job *j, const rect *rc, raster x, raster y, raster r)
{
    const int64_t n_cols = rc->col.end - rc->col.begin, n = (rc->row.end - rc->row.begin) * n_cols;
    const int64_t n_tiles = (n + j->max_p - 1) / j->max_p;
    oct_conv_f32_tile *t = &j->tile;
    const oct_conv_f32_args *a = j->args;
    int64_t row = 0, col = 0;
    t->n_tiles = 1;
    for (int64_t i = 0; i < n_tiles; i++) {
        const int64_t P = n / n_tiles + (i < n % n_tiles);
        const int64_t x_at = row * x.row + col * x.step;
        t->x = a->x + x.at + x_at;
        for (int64_t p = 0; p < P; p++) {
            t->d[p] = row * x.row + col * x.step - x_at;
            t->y[p] = a->y + y.at + row * y.row + col * y.step;
            t->r[p] = j->plan->s.has_residual ? a->residual + r.at + row * r.row + col * r.step : NULL;
            if (++col == n_cols) {
                col = 0;
                row++;
            }
        }
        run_calls(j, P);
    }
}

/* All pixels of a rectangle, for which the taps of the box are in bounds; see set_box. */
static void run_one_box(job *j, const rect *rc, const box *b)
{
    const oct_conv_f32_shape *s = &j->plan->s;
    int64_t n_rows = rc->row.end - rc->row.begin, n_cols = rc->col.end - rc->col.begin;
    if (n_rows <= 0 || n_cols <= 0)
        return;
    set_box(j, b);
    const int64_t ih = rc->row.begin * s->stride_h - s->pad_top + b->h.begin * s->dilation_h;
    const int64_t iw = rc->col.begin * s->stride_w - s->pad_left + b->w.begin * s->dilation_w;
    const int64_t pixel = (rc->n * s->OH + rc->row.begin) * s->OW + rc->col.begin;
    raster x = {((rc->n * s->H + ih) * s->W + iw) * s->x_pitch + j->ic + b->ic.begin - j->args->x_skip,
                (int64_t)s->stride_w * s->x_pitch, (int64_t)s->stride_h * s->W * s->x_pitch};
    raster y = {pixel * s->y_pitch + j->oc, s->y_pitch, (int64_t)s->OW * s->y_pitch};
    raster r = {pixel * s->r_pitch + j->oc, s->r_pitch, (int64_t)s->OW * s->r_pitch};
    if (j->tile.n_segments == 0)
        x = (raster){0, 0, 0}; /* nothing is read: keep the pointers valid */
    if (n_cols == 1) {         /* a column is a row in another direction */
        rect column = {rc->n, {0, 1}, {0, n_rows}};
        x.step = x.row;
        y.step = y.row;
        r.step = r.row;
        run_rows(j, &column, x, y, r);
    } else if (n_cols >= 2 * j->max_p || n_cols % j->max_p == 0) {
        run_rows(j, rc, x, y, r);
    } else {
        run_crossing(j, rc, x, y, r);
    }
}

/* The same for any box: dilated and grouped kernels go row by row, sums resting in y. */
static void run_rect(job *j, const rect *rc, const box *b)
{
    if (b->h.end - b->h.begin <= 1 || row_is_segment(j->plan, b)) {
        run_one_box(j, rc, b);
        return;
    }
    box row = *b;
    for (int64_t kh = b->h.begin; kh < b->h.end; kh++) {
        row.h = (oct_conv_span){kh, kh + 1};
        row.first = b->first && kh == b->h.begin;
        row.last = b->last && kh == b->h.end - 1;
        run_one_box(j, rc, &row);
    }
}

/* One panel over some rows of an image, the sums of each tile staying in registers through all taps. */
static void run_whole(job *j, int64_t n, oct_conv_span rows)
{
    const oct_conv_f32_plan *plan = j->plan;
    rect rc = {.n = n};
    box b = {.ic = {0, plan->ICG}, .first = true, .last = true};
    const float *bias = j->bias;
    if (plan->s.class_bias)
        bias += oct_conv_axis_class(&plan->h, rows.begin) * plan->n_w_classes * j->width;
    look_ahead(j, j->w + plan->K * j->width, plan->K * j->width * 4, (rows.end - rows.begin) * plan->s.OW, plan->K);
    for (rc.row.begin = rows.begin; rc.row.begin < rows.end; rc.row.begin = rc.row.end) {
        j->bias = bias;
        rc.row.end = oct_conv_axis_run(&plan->h, rc.row.begin, rows.end);
        b.h = oct_conv_axis_taps(&plan->h, rc.row.begin);
        for (rc.col.begin = 0; rc.col.begin < plan->s.OW; rc.col.begin = rc.col.end) {
            rc.col.end = oct_conv_axis_run(&plan->w, rc.col.begin, plan->s.OW);
            b.w = oct_conv_axis_taps(&plan->w, rc.col.begin);
            run_rect(j, &rc, &b);
            if (plan->s.class_bias)
                j->bias += j->width;
        }
        if (plan->s.class_bias)
            bias += plan->n_w_classes * j->width;
    }
}

static oct_conv_span cut(oct_conv_span a, oct_conv_span b)
{
    return (oct_conv_span){a.begin > b.begin ? a.begin : b.begin, a.end < b.end ? a.end : b.end};
}

/* The same with one box per tap, sums resting in y: each tap has one rectangle of pixels. */
static void run_by_tap(job *j, int64_t n, oct_conv_span rows)
{
    const oct_conv_f32_plan *plan = j->plan;
    const oct_conv_f32_shape *s = &plan->s;
    const rect all = {n, rows, {0, s->OW}};
    run_rect(j, &all, &(box){.first = true});
    for (int64_t kh = 0; kh < s->KH; kh++)
        for (int64_t kw = 0; kw < s->KW; kw++) {
            const box b = {{kh, kh + 1}, {kw, kw + 1}, {0, plan->ICG}, false, false};
            const rect rc = {n, cut(rows, oct_conv_axis_outputs(&plan->h, kh, s->OH)),
                             oct_conv_axis_outputs(&plan->w, kw, s->OW)};
            look_ahead(j, j->w + ((kh * s->KW + kw + 1) * plan->ICG) * j->width, plan->ICG * j->width * 4,
                       (rc.row.end - rc.row.begin) * (rc.col.end - rc.col.begin), plan->ICG);
            run_rect(j, &rc, &b);
        }
    run_rect(j, &all, &(box){.last = true});
}

/* The slope of a leaky ReLU, after the tiles: y is still in cache. */
static void run_leaky(const job *j, int64_t n, oct_conv_span rows)
{
    const oct_conv_f32_shape *s = &j->plan->s;
    const float alpha = s->act.alpha;
    for (int64_t pixel = (n * s->OH + rows.begin) * s->OW; pixel < (n * s->OH + rows.end) * s->OW; pixel++) {
        float *y = j->args->y + pixel * s->y_pitch + j->oc;
        for (int64_t o = 0; o < j->n_oc; o++)
            y[o] = y[o] < 0.0f ? y[o] * alpha : y[o];
    }
}

static void set_panel(job *j, const oct_conv_f32_tiles *tiles, int64_t q)
{
    const oct_conv_f32_plan *plan = j->plan;
    const int64_t g = q / plan->n_panels, i = q % plan->n_panels;
    const bool last = i == plan->n_panels - 1;
    const int64_t nv = last ? plan->last_nv : plan->nv;
    j->run = tiles->run[nv];
    j->max_p = tiles->max_p[nv];
    j->width = nv * tiles->vl;
    j->n_oc = last ? plan->OCG - i * plan->width : plan->width;
    j->bias = (const float *)j->args->packed + g * plan->group_size + i * plan->panel_size;
    j->w = j->bias + plan->n_h_classes * plan->n_w_classes * j->width;
    j->ic = g * plan->ICG;
    j->oc = g * plan->OCG + i * plan->width;
}

/* An item: some rows of an image and some panels. */
typedef struct item_part {
    int64_t n, panel_block;
    oct_conv_span rows;
} item_part;

static item_part part_of(const oct_conv_f32_plan *plan, size_t item)
{
    const int64_t n_blocks = plan->s.N * plan->n_row_blocks, i = (int64_t)item;
    const int64_t block = plan->rows_outer ? i / plan->n_panel_blocks : i % n_blocks;
    return (item_part){.n = block / plan->n_row_blocks,
                       .panel_block = plan->rows_outer ? i % plan->n_panel_blocks : i / n_blocks,
                       .rows = oct_conv_f32_plan_rows(plan, block % plan->n_row_blocks)};
}

void oct_conv_f32_dense_input_pixels(const oct_conv_f32_tiles *tiles, const oct_conv_f32_shape *s, size_t item,
                                     int64_t *first, int64_t *n)
{
    oct_conv_f32_plan plan;
    oct_conv_f32_plan_init(&plan, tiles, s);
    const item_part part = part_of(&plan, item);
    int64_t begin, end;
    oct_conv_axis_pixels(&plan.h, part.rows.begin, part.rows.end, &begin, &end);
    *first = (part.n * plan.s.H + begin) * plan.s.W;
    *n = (end - begin) * plan.s.W;
}

size_t oct_conv_f32_dense_n_items(const oct_conv_f32_tiles *tiles, const oct_conv_f32_shape *s)
{
    oct_conv_f32_plan plan;
    oct_conv_f32_plan_init(&plan, tiles, s);
    return (size_t)(plan.s.N * plan.n_row_blocks * plan.n_panel_blocks);
}

void oct_conv_f32_dense_run(const oct_conv_f32_tiles *tiles, const oct_conv_f32_args *a, size_t item)
{
    oct_conv_f32_plan plan;
    oct_conv_f32_plan_init(&plan, tiles, a->shape);
    job j = {.plan = &plan, .args = a};
    const item_part part = part_of(&plan, item);
    const int64_t q_begin = part.panel_block * plan.panels, q_all = plan.n_panels * plan.s.G;
    const int64_t q_end = q_begin + plan.panels < q_all ? q_begin + plan.panels : q_all;
    for (int64_t q = q_begin; q < q_end; q++) {
        set_panel(&j, tiles, q);
        (plan.by_tap ? run_by_tap : run_whole)(&j, part.n, part.rows);
        if (plan.s.act.kind == OCT_ACT_LEAKY)
            run_leaky(&j, part.n, part.rows);
    }
}
