/* The walk of a float convolution over panels, rectangles of pixels and tiles; and the packing of its weights.
 * See conv_f32_dense.h for the design and conv_f32_plan.h for the blocking.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kernels/conv_f32_dense.h"

#include <string.h>

#include "base/compiler.h"
#include "kernels/conv_f32_plan.h"

#define MAX_WIDTH (OCT_CONV_F32_MAX_NV * OCT_CONV_F32_MAX_VL)

/* The work on one panel: its tile, filled in from the outside to the inside. */
typedef struct job {
    const oct_conv_f32_plan *plan;
    const oct_conv_f32_args *args;
    const oct_conv_f32_tile_fn *run; /* by number of pixels */
    int64_t max_p, width;
    int64_t n_oc;                    /* outputs of the panel; less than width in the last one of a group */
    const float *bias, *w;           /* packed panel */
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
static void run_partial(job *j, int64_t P)
{
    float y[OCT_CONV_F32_MAX_P * MAX_WIDTH], r[OCT_CONV_F32_MAX_P * MAX_WIDTH];
    oct_conv_f32_tile *t = &j->tile;
    const size_t n_bytes = (size_t)j->n_oc * sizeof(float);
    const bool reads_r = t->act && t->has_residual;
    float *to[OCT_CONV_F32_MAX_P];
    memset(y, 0, (size_t)(P * j->width) * sizeof(float));
    memset(r, 0, (size_t)(P * j->width) * sizeof(float));
    for (int64_t p = 0; p < P; p++) {
        to[p] = t->y[p];
        t->y[p] = y + p * j->width;
        if (!t->bias)
            memcpy(t->y[p], to[p], n_bytes);
        if (reads_r)
            memcpy(r + p * j->width, t->r[p], n_bytes);
        t->r[p] = r + p * j->width;
    }
    j->run[P](t);
    for (int64_t p = 0; p < P; p++)
        memcpy(to[p], y + p * j->width, n_bytes);
}

/* Taps of a box as loops of the tile. Where the pixels of a kernel row touch in memory, (kw, ic) is one loop. */
static void set_box(job *j, const box *b)
{
    const oct_conv_f32_plan *plan = j->plan;
    const oct_conv_f32_shape *s = &plan->s;
    oct_conv_f32_tile *t = &j->tile;
    t->bias = b->first ? j->bias : NULL;
    t->act = b->last ? &s->act : NULL;
    t->w = j->w + ((b->h.begin * s->KW + b->w.begin) * plan->ICG + b->ic.begin) * j->width;
    t->n_h = b->h.end - b->h.begin;
    t->n_w = b->w.end - b->w.begin;
    t->n_k = b->ic.end - b->ic.begin;
    if (t->n_w == 0)
        t->n_h = 0;
    t->x_step_h = (int64_t)s->dilation_h * s->W * s->x_pitch;
    t->x_step_w = (int64_t)s->dilation_w * s->x_pitch;
    t->w_skip_h = (s->KW * plan->ICG - t->n_w * t->n_k) * j->width;
    if (t->x_step_w == t->n_k) {
        t->n_k *= t->n_w;
        t->n_w = 1;
    }
}

/* All pixels of a rectangle, for which the taps of the box are in bounds, row by row in tiles of nearly equal size. */
static void run_rect(job *j, const rect *rc, const box *b)
{
    const oct_conv_f32_shape *s = &j->plan->s;
    const oct_conv_f32_args *a = j->args;
    oct_conv_f32_tile *t = &j->tile;
    const int64_t n_cols = rc->col.end - rc->col.begin, n = (rc->row.end - rc->row.begin) * n_cols;
    if (n == 0)
        return;
    set_box(j, b);

    int64_t x_step = (int64_t)s->stride_w * s->x_pitch, x_row = (int64_t)s->stride_h * s->W * s->x_pitch;
    int64_t ih = rc->row.begin * s->stride_h - s->pad_top + b->h.begin * s->dilation_h;
    int64_t iw = rc->col.begin * s->stride_w - s->pad_left + b->w.begin * s->dilation_w;
    int64_t x_at = ((rc->n * s->H + ih) * s->W + iw) * s->x_pitch + j->ic + b->ic.begin;
    if (t->n_h == 0)
        x_at = x_step = x_row = 0; /* nothing is read: keep the pointers valid */
    int64_t pixel = (rc->n * s->OH + rc->row.begin) * s->OW + rc->col.begin;
    const float *x = a->x + x_at;
    float *y = a->y + pixel * s->y_pitch + j->oc;
    const int64_t r_pitch = s->has_residual ? s->r_pitch : 0;
    const float *r = s->has_residual ? a->residual + pixel * r_pitch + j->oc : a->x;

    const int64_t n_tiles = (n + j->max_p - 1) / j->max_p, P_small = n / n_tiles;
    int64_t n_large = n % n_tiles, col = 0;
    for (int64_t i = 0; i < n_tiles; i++, n_large--) {
        int64_t P = P_small + (n_large > 0);
        for (int64_t p = 0; p < P; p++) {
            t->x[p] = x;
            t->y[p] = y;
            t->r[p] = r;
            if (++col < n_cols) {
                x += x_step;
                y += s->y_pitch;
                r += r_pitch;
            } else { /* to the next row; after the last pixel the pointers are not used */
                col = 0;
                x_at += x_row;
                pixel += s->OW;
                if (i == n_tiles - 1 && p == P - 1)
                    break;
                x = a->x + x_at;
                y = a->y + pixel * s->y_pitch + j->oc;
                r = s->has_residual ? a->residual + pixel * r_pitch + j->oc : a->x;
            }
        }
        if (j->n_oc == j->width)
            j->run[P](t);
        else
            run_partial(j, P);
    }
}

/* One panel over some rows of an image, the sums of each tile staying in registers through all taps. */
static void run_whole(job *j, int64_t n, oct_conv_span rows)
{
    const oct_conv_f32_plan *plan = j->plan;
    rect rc = {.n = n};
    box b = {.ic = {0, plan->ICG}, .first = true, .last = true};
    for (rc.row.begin = rows.begin; rc.row.begin < rows.end; rc.row.begin = rc.row.end) {
        rc.row.end = oct_conv_axis_run(&plan->h, rc.row.begin, rows.end);
        b.h = oct_conv_axis_taps(&plan->h, rc.row.begin);
        for (rc.col.begin = 0; rc.col.begin < plan->s.OW; rc.col.begin = rc.col.end) {
            rc.col.end = oct_conv_axis_run(&plan->w, rc.col.begin, plan->s.OW);
            b.w = oct_conv_axis_taps(&plan->w, rc.col.begin);
            run_rect(j, &rc, &b);
        }
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
    j->w = j->bias + j->width;
    j->ic = g * plan->ICG;
    j->oc = g * plan->OCG + i * plan->width;
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
    job j = {.plan = &plan, .args = a, .tile.has_residual = plan.s.has_residual};
    const int64_t n_blocks = plan.s.N * plan.n_row_blocks, i = (int64_t)item;
    const int64_t block = plan.rows_outer ? i / plan.n_panel_blocks : i % n_blocks;
    const int64_t panel_block = plan.rows_outer ? i % plan.n_panel_blocks : i / n_blocks;
    oct_conv_span rows = {block % plan.n_row_blocks * plan.rows, 0};
    rows.end = rows.begin + plan.rows < plan.s.OH ? rows.begin + plan.rows : plan.s.OH;
    const int64_t q_begin = panel_block * plan.panels, q_all = plan.n_panels * plan.s.G;
    const int64_t q_end = q_begin + plan.panels < q_all ? q_begin + plan.panels : q_all;
    for (int64_t q = q_begin; q < q_end; q++) {
        set_panel(&j, tiles, q);
        run_whole(&j, block / plan.n_row_blocks, rows);
    }
}
