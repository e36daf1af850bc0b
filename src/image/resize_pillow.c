/* Pillow's box, bilinear, bicubic and lanczos: coefficients of both axes in double, rounded to 22 bits, then a
 * horizontal and a vertical pass with 8-bit pixels between them. Only source rows that the window needs are filtered,
 * four at a time, into a ring that holds as many as the vertical filter is high. Pillow 13 has the vertical pass first
 * where the height shrinks by more than twice as many pixels as the width.
 * SPDX-License-Identifier: Apache-2.0 */
#include "image/resize.h"

#include <math.h>
#include <string.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/mem.h"
#include "image/filter_kernels.h"

#define PI 3.14159265358979323846

typedef struct filter {
    double (*at)(double x);
    double support; /* zero beyond this distance */
} filter;

static double box(double x)
{
    return x > -0.5 && x <= 0.5 ? 1.0 : 0.0;
}

static double triangle(double x)
{
    x = fabs(x);
    return x < 1.0 ? 1.0 - x : 0.0;
}

/* Keys' cubic convolution with a = -0.5, evaluated in Pillow's order of operations. */
static double cubic(double x)
{
    const double a = -0.5;
    x = fabs(x);
    if (x < 1.0)
        return ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0;
    return x < 2.0 ? (((x - 5.0) * x + 8.0) * x - 4.0) * a : 0.0;
}

static double sinc(double x)
{
    if (x == 0.0)
        return 1.0;
    x *= PI;
    return sin(x) / x;
}

static double lanczos(double x)
{
    return x >= -3.0 && x < 3.0 ? sinc(x) * sinc(x / 3.0) : 0.0;
}

static filter filter_of(octet_resize_dialect dialect)
{
    switch (dialect) {
    case OCTET_RESIZE_PILLOW13_BOX:
    case OCTET_RESIZE_PILLOW_BOX: return (filter){box, 0.5};
    case OCTET_RESIZE_PILLOW13_BICUBIC:
    case OCTET_RESIZE_PILLOW_BICUBIC: return (filter){cubic, 2.0};
    case OCTET_RESIZE_PILLOW13_LANCZOS:
    case OCTET_RESIZE_PILLOW_LANCZOS: return (filter){lanczos, 3.0};
    default: return (filter){triangle, 1.0};
    }
}

/* One axis: from n_in source positions to outputs begin .. begin + n_out - 1 of `full`. */
typedef struct axis {
    filter f;
    int32_t n_in, full, begin, n_out;
    double scale;   /* source per output position */
    double stretch; /* the same, but at least 1 */
    double support; /* half the filter's width in the source */
} axis;

static axis axis_init(filter f, int32_t n_in, int32_t full, int32_t begin, int32_t n_out)
{
    axis a = {.f = f, .n_in = n_in, .full = full, .begin = begin, .n_out = n_out};
    a.scale = (double)n_in / full;
    a.stretch = a.scale < 1.0 ? 1.0 : a.scale;
    a.support = f.support * a.stretch;
    return a;
}

static double center_of(const axis *a, int32_t i)
{
    return (a->begin + i + 0.5) * a->scale;
}

static int32_t first_of(const axis *a, int32_t i)
{
    int32_t first = (int32_t)(center_of(a, i) - a->support + 0.5);
    return first < 0 ? 0 : first;
}

static int32_t count_of(const axis *a, int32_t i)
{
    int32_t end = (int32_t)(center_of(a, i) + a->support + 0.5);
    return (end > a->n_in ? a->n_in : end) - first_of(a, i);
}

/* Weights of output i in fixed point; w is room for `count` doubles. */
static void weigh(const axis *a, int32_t i, double *w, int32_t *fixed)
{
    int32_t first = first_of(a, i), count = count_of(a, i);
    double center = center_of(a, i), shrink = 1.0 / a->stretch, sum = 0.0;
    for (int32_t t = 0; t < count; t++) {
        w[t] = a->f.at((t + first - center + 0.5) * shrink);
        sum += w[t];
    }
    for (int32_t t = 0; t < count; t++) {
        double v = (sum != 0.0 ? w[t] / sum : w[t]) * (1 << OCT_FILTER_BITS);
        fixed[t] = (int32_t)(v < 0 ? v - 0.5 : v + 0.5);
    }
}

/* The filter of an axis: outputs read x[first .. first + taps - 1]; all-zero is empty. */
typedef struct bank {
    int32_t taps;
    int32_t *first; /* [n_out]; also what is to be freed */
    uint8_t *weights; /* [n_out, taps] packed */
} bank;

static octet_status bank_init(bank *b, const axis *a, const oct_filter_kernels *k, int32_t group, octet_error *err)
{
    int32_t most = 1;
    for (int32_t i = 0; i < a->n_out; i++)
        most = count_of(a, i) > most ? count_of(a, i) : most;
    int32_t taps = (most + group - 1) / group * group;
    size_t n_weights, n_total, n_first = (size_t)oct_round_up((size_t)a->n_out * sizeof *b->first, OCT_CACHE_LINE);
    size_t n_scratch = (size_t)taps * (sizeof(double) + sizeof(int32_t)) + sizeof(double);
    if (OCT_MUL_OVERFLOWS((size_t)a->n_out, (size_t)taps * sizeof(int32_t), &n_weights) ||
        OCT_ADD_OVERFLOWS(n_first + n_scratch, n_weights, &n_total))
        return oct_fail_memory(err, "a resize filter", SIZE_MAX);
    *b = (bank){.taps = taps, .first = oct_alloc_aligned(n_total)};
    if (!b->first)
        return oct_fail_memory(err, "a resize filter", n_total);
    b->weights = (uint8_t *)b->first + n_first;
    double *w = (double *)(void *)(b->weights + oct_round_up(n_weights, 8));
    int32_t *fixed = (int32_t *)(void *)(w + taps);
    for (int32_t i = 0; i < a->n_out; i++) {
        b->first[i] = first_of(a, i);
        memset(fixed, 0, (size_t)taps * sizeof *fixed);
        weigh(a, i, w, fixed);
        k->pack(b->weights + (size_t)i * (size_t)taps * sizeof *fixed, fixed, taps, group);
    }
    return OCTET_OK;
}

/* Everything of one resize. */
typedef struct passes {
    const oct_resize_job *job;
    const oct_filter_kernels *kernels;
    bank x, y;            /* empty where that side stays as it is */
    oct_row_tail tail;
    const uint8_t **rows; /* [taps of y] for the vertical kernel; also what is to be freed */
    uint8_t *ring;        /* [n_slots] horizontally filtered rows; source row r lies in slot r % n_slots */
    size_t slot_bytes;
    int32_t n_slots;
    int32_t n_done;       /* source rows below this are in the ring, or no longer needed */
    uint8_t *tails;       /* [OCT_FILTER_ROWS] padded row ends */
    int is_vertical_first;
    uint8_t *wide;        /* [OCT_FILTER_ROWS] vertically filtered rows, where that pass comes first */
    size_t wide_bytes;
} passes;

static int is_vertical_first(const oct_resize_job *job)
{
    int32_t narrower = job->src->width - job->width, lower = job->src->height - job->height;
    return job->dialect >= OCTET_RESIZE_PILLOW13_BILINEAR && lower > 0 && lower > 2 * narrower && narrower != 0;
}

static octet_status allocate_rows(passes *p, octet_error *err)
{
    size_t C = (size_t)p->job->src->channels;
    /* one more batch than the filter is high, so that a batch never overwrites a row still in use */
    p->n_slots = !p->x.taps ? 0 : p->is_vertical_first ? OCT_FILTER_ROWS : p->y.taps + OCT_FILTER_ROWS;
    p->slot_bytes = (size_t)oct_round_up((size_t)p->job->dst->width * C + OCT_FILTER_SPARE, OCT_CACHE_LINE);
    p->wide_bytes = p->is_vertical_first ? (size_t)p->job->src->width * C : 0;
    size_t n_rows = (size_t)(p->y.taps + 1) * sizeof *p->rows;
    size_t n_ring = (size_t)p->n_slots * p->slot_bytes, n_tails = OCT_FILTER_ROWS * p->tail.n_bytes;
    size_t n_total = n_rows + n_ring + n_tails + OCT_FILTER_ROWS * p->wide_bytes;
    p->rows = oct_alloc_aligned(n_total);
    if (!p->rows)
        return oct_fail_memory(err, "the rows of a resize", n_total);
    p->ring = (uint8_t *)p->rows + n_rows;
    p->tails = p->ring + n_ring;
    p->wide = p->tails + n_tails;
    return OCTET_OK;
}

static octet_status passes_init(passes *p, octet_error *err)
{
    const octet_image *src = p->job->src, *dst = p->job->dst;
    filter f = filter_of(p->job->dialect);
    int32_t C = src->channels;
    p->is_vertical_first = is_vertical_first(p->job);
    if (p->job->width != src->width) {
        axis a = axis_init(f, src->width, p->job->width, p->job->x0, dst->width);
        OCT_TRY(bank_init(&p->x, &a, p->kernels, p->kernels->row_group[C], err));
        oct_row_tail_init(&p->tail, p->x.first, dst->width, p->x.taps + p->kernels->row_spare[C], src->width, C);
    }
    if (p->job->height != src->height) {
        axis a = axis_init(f, src->height, p->job->height, p->job->y0, dst->height);
        OCT_TRY(bank_init(&p->y, &a, p->kernels, p->kernels->column_group, err));
    }
    return allocate_rows(p, err);
}

static void passes_fini(passes *p)
{
    oct_free_aligned(p->x.first);
    oct_free_aligned(p->y.first);
    oct_free_aligned(p->rows);
}

/* Horizontal pass over a->src to a->dst, which the caller set. */
static void filter_four(passes *p, oct_filter_rows_args *a)
{
    int32_t C = p->job->src->channels, n_safe = p->tail.n_safe, n_out = p->job->dst->width;
    a->first = p->x.first;
    a->weights = p->x.weights;
    a->taps = p->x.taps;
    a->channels = C;
    a->n_out = n_safe;
    p->kernels->rows(a);
    if (n_safe == n_out)
        return;
    for (int32_t r = 0; r < OCT_FILTER_ROWS; r++) {
        uint8_t *copy = p->tails + (size_t)r * p->tail.n_bytes;
        oct_row_tail_copy(&p->tail, copy, a->src[r], C);
        a->src[r] = copy;
        a->dst[r] += (size_t)n_safe * (size_t)C;
    }
    a->first += n_safe;
    a->weights = p->x.weights + (size_t)n_safe * (size_t)p->x.taps * sizeof(int32_t);
    a->n_out = n_out - n_safe;
    p->kernels->rows(a);
}

/* Filter source rows y .. y + 3 (the last one again beyond the end) into their slots. */
static void filter_batch(passes *p, int32_t y)
{
    const octet_image *src = p->job->src;
    oct_filter_rows_args a = {0};
    for (int32_t r = 0; r < OCT_FILTER_ROWS; r++) {
        int32_t row = y + r < src->height ? y + r : src->height - 1;
        a.src[r] = oct_image_row(src, row);
        a.dst[r] = p->ring + (size_t)(row % p->n_slots) * p->slot_bytes;
    }
    filter_four(p, &a);
}

/* Source row y after the horizontal pass. Rows are asked for in ascending windows. */
static const uint8_t *filtered_row(passes *p, int32_t y)
{
    if (!p->x.taps)
        return oct_image_row(p->job->src, y) + (size_t)p->job->x0 * (size_t)p->job->src->channels;
    if (p->n_done <= y) {
        filter_batch(p, y);
        p->n_done = y + OCT_FILTER_ROWS;
    }
    return p->ring + (size_t)(y % p->n_slots) * p->slot_bytes;
}

/* Vertical pass for output row i from the rows that `row_of` gives. */
static void filter_column(passes *p, int32_t i, const uint8_t *(*row_of)(passes *, int32_t), uint8_t *dst, size_t n)
{
    int32_t last = p->job->src->height - 1;
    for (int32_t t = 0; t < p->y.taps; t++) {
        int32_t y = p->y.first[i] + t; /* beyond the image only with weight 0 */
        p->rows[t] = row_of(p, y < last ? y : last);
    }
    p->kernels->column(dst, p->rows, p->y.weights + (size_t)i * (size_t)p->y.taps * sizeof(int32_t), p->y.taps, n);
}

static void fill_horizontal_first(passes *p, size_t n)
{
    const octet_image *dst = p->job->dst;
    for (int32_t i = 0; i < dst->height; i++) {
        if (p->y.taps)
            filter_column(p, i, filtered_row, oct_image_row(dst, i), n);
        else
            memcpy(oct_image_row(dst, i), filtered_row(p, p->job->y0 + i), n);
    }
}

static const uint8_t *source_row(passes *p, int32_t y)
{
    return oct_image_row(p->job->src, y);
}

static void fill_vertical_first(passes *p, size_t n)
{
    const octet_image *dst = p->job->dst;
    for (int32_t i = 0; i < dst->height; i += OCT_FILTER_ROWS) {
        oct_filter_rows_args a = {0};
        for (int32_t r = 0; r < OCT_FILTER_ROWS; r++) {
            int32_t k = i + r < dst->height ? r : dst->height - 1 - i;
            uint8_t *wide = p->wide + (size_t)k * p->wide_bytes;
            if (k == r)
                filter_column(p, i + r, source_row, wide, p->wide_bytes);
            a.src[r] = wide;
            a.dst[r] = p->ring + (size_t)k * p->slot_bytes;
        }
        filter_four(p, &a);
        for (int32_t r = 0; r < OCT_FILTER_ROWS && i + r < dst->height; r++)
            memcpy(oct_image_row(dst, i + r), p->ring + (size_t)r * p->slot_bytes, n);
    }
}

octet_status oct_resize_pillow(const oct_resize_job *job, octet_error *err)
{
    passes p = {.job = job, .kernels = oct_filter_select()};
    size_t n = (size_t)job->dst->width * (size_t)job->dst->channels;
    octet_status status = passes_init(&p, err);
    if (status == OCTET_OK && p.is_vertical_first)
        fill_vertical_first(&p, n);
    else if (status == OCTET_OK)
        fill_horizontal_first(&p, n);
    passes_fini(&p);
    return status;
}
