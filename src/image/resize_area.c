/* OpenCV's area resize of bytes where both sides shrink: integer factors as integer sums, others with float weights;
 * and the choice between these and the linear path, which OpenCV makes from the factors alone.
 * SPDX-License-Identifier: Apache-2.0 */
#include "image/resize.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/mem.h"
#include "image/opencv_kernels.h"

/* Source pixels per output pixel, by way of the inverse as OpenCV has it. */
static double step_of(int32_t n_in, int32_t n_out)
{
    return 1.0 / ((double)n_out / n_in);
}

/* ---- integer factors --------------------------------------------------------------------------------------------- */

typedef struct factors {
    int32_t x, y; /* source pixels per output pixel */
} factors;

/* n outputs from the column sums of their source rows. */
static void box_row(uint8_t *dst, const uint32_t *sum, int32_t n, factors f, int32_t channels)
{
    const float scale = 1.0f / (float)((int64_t)f.x * f.y);
    size_t C = (size_t)channels, stride = (size_t)f.x * C;
    for (int32_t i = 0; i < n; i++, sum += stride)
        for (size_t c = 0; c < C; c++) {
            uint32_t total = 0;
            for (size_t t = 0; t < stride; t += C)
                total += sum[t + c];
            float v = rintf((float)(int32_t)total * scale);
            *dst++ = (uint8_t)(v < 0.0f ? 0.0f : v > 255.0f ? 255.0f : v);
        }
}

/* By 2 and 2, OpenCV rounds halves up. */
static void shrink_by_2(const oct_resize_job *job)
{
    const octet_image *src = job->src, *dst = job->dst;
    const oct_opencv_kernels *k = oct_opencv_select();
    size_t skip = (size_t)job->x0 * 2 * (size_t)src->channels;
    for (int32_t i = 0; i < dst->height; i++) {
        const uint8_t *above = oct_image_row(src, (job->y0 + i) * 2) + skip;
        k->halve(oct_image_row(dst, i), above, above + src->stride, (size_t)dst->width, src->channels);
    }
}

static octet_status shrink_by_integers(const oct_resize_job *job, factors f, octet_error *err)
{
    const octet_image *src = job->src, *dst = job->dst;
    const oct_opencv_kernels *k = oct_opencv_select();
    size_t C = (size_t)src->channels;
    size_t n_pixel = (size_t)f.x * C; /* source bytes of a row under an output pixel */
    size_t n = (size_t)dst->width * n_pixel, skip = (size_t)job->x0 * n_pixel;
    uint32_t *sum = oct_alloc_aligned(n * sizeof *sum);
    if (!sum)
        return oct_fail_memory(err, "the rows of a resize", n * sizeof *sum);
    for (int32_t i = 0; i < dst->height; i++) {
        memset(sum, 0, n * sizeof *sum);
        for (int32_t t = 0; t < f.y; t++)
            k->sum_row(sum, oct_image_row(src, (job->y0 + i) * f.y + t) + skip, n);
        box_row(oct_image_row(dst, i), sum, dst->width, f, src->channels);
    }
    oct_free_aligned(sum);
    return OCTET_OK;
}

/* ---- other factors ----------------------------------------------------------------------------------------------- */

/* Output i covers source positions i * step .. (i + 1) * step: up to one pixel in part, whole ones, one in part. */
typedef struct cover {
    int32_t begin, end;      /* the whole pixels */
    float left, whole, right; /* weights; left or right 0 where there is no such part */
} cover;

static cover cover_of(int32_t i, int32_t n_in, double step)
{
    const double least = 1e-3; /* OpenCV drops thinner parts */
    double from = i * step, to = from + step, cell = fmin(step, n_in - from);
    cover c = {.begin = (int32_t)ceil(from), .end = (int32_t)floor(to)};
    if (c.end > n_in - 1)
        c.end = n_in - 1;
    if (c.begin > c.end)
        c.begin = c.end;
    c.whole = (float)(1.0 / cell);
    if (c.begin - from > least)
        c.left = (float)((c.begin - from) / cell);
    if (to - c.end > least)
        c.right = (float)(fmin(fmin(to - c.end, 1.0), cell) / cell);
    return c;
}

typedef struct area_axis {
    int32_t *first, *begin; /* as oct_area_rows_args has them; `first` is what is to be freed */
    float *weights;
    int32_t reach;          /* most taps of an output */
} area_axis;

static octet_status area_axis_init(area_axis *a, int32_t n_in, int32_t full, int32_t skip, int32_t n_out,
                                   octet_error *err)
{
    double step = step_of(n_in, full);
    size_t n = (size_t)n_out;
    size_t n_weights = n * ((size_t)step + 3); /* two parts and a rounding more than the whole ones */
    size_t n_total = (2 * n + 1) * sizeof(int32_t) + n_weights * sizeof(float);
    *a = (area_axis){.first = oct_malloc(n_total)};
    if (!a->first)
        return oct_fail_memory(err, "a resize filter", n_total);
    a->begin = a->first + n;
    a->weights = (float *)(void *)(a->begin + n + 1);
    int32_t at = 0;
    for (int32_t i = 0; i < n_out; i++) {
        cover c = cover_of(skip + i, n_in, step);
        a->begin[i] = at;
        a->first[i] = c.left > 0.0f ? c.begin - 1 : c.begin;
        if (c.left > 0.0f)
            a->weights[at++] = c.left;
        for (int32_t t = c.begin; t < c.end; t++)
            a->weights[at++] = c.whole;
        if (c.right > 0.0f)
            a->weights[at++] = c.right;
        a->reach = at - a->begin[i] > a->reach ? at - a->begin[i] : a->reach;
    }
    a->begin[n_out] = at;
    return OCTET_OK;
}

typedef struct area {
    const oct_resize_job *job;
    const oct_opencv_kernels *kernels;
    area_axis x, y;
    oct_row_tail tail;
    float *memory, *sum;
    float *rows[OCT_AREA_ROWS]; /* [width, channels]; rows[r]: source row rows_y + r, shrunk horizontally */
    uint8_t *tails;
    int32_t rows_y; /* -OCT_AREA_ROWS: none */
} area;

static octet_status area_init(area *a, octet_error *err)
{
    const octet_image *src = a->job->src, *dst = a->job->dst;
    OCT_TRY(area_axis_init(&a->x, src->width, a->job->width, a->job->x0, dst->width, err));
    OCT_TRY(area_axis_init(&a->y, src->height, a->job->height, a->job->y0, dst->height, err));
    oct_row_tail_init(&a->tail, a->x.first, dst->width, a->x.reach + 1, src->width, src->channels);
    size_t n_row = (size_t)oct_round_up((size_t)dst->width * (size_t)src->channels + OCT_OPENCV_PAD, OCT_OPENCV_PAD);
    size_t n_total = n_row * (OCT_AREA_ROWS + 1) * sizeof(float) + OCT_AREA_ROWS * a->tail.n_bytes;
    a->memory = oct_alloc_aligned(n_total);
    if (!a->memory)
        return oct_fail_memory(err, "the rows of a resize", n_total);
    memset(a->memory, 0, n_row * (OCT_AREA_ROWS + 1) * sizeof(float));
    for (int r = 0; r < OCT_AREA_ROWS; r++)
        a->rows[r] = a->memory + (size_t)r * n_row;
    a->sum = a->memory + OCT_AREA_ROWS * n_row;
    a->tails = (uint8_t *)(a->sum + n_row);
    a->rows_y = -OCT_AREA_ROWS;
    return OCTET_OK;
}

static void area_fini(area *a)
{
    oct_free(a->x.first);
    oct_free(a->y.first);
    oct_free_aligned(a->memory);
}

/* Shrink source rows y .. y + 3 horizontally. */
static void shrink_batch(area *a, int32_t y)
{
    const octet_image *src = a->job->src;
    int32_t C = src->channels, n_safe = a->tail.n_safe, n_out = a->job->dst->width;
    oct_area_rows_args args = {.first = a->x.first, .begin = a->x.begin, .weights = a->x.weights, .channels = C};
    for (int r = 0; r < OCT_AREA_ROWS; r++) {
        args.src[r] = oct_image_row(src, y + r < src->height ? y + r : src->height - 1);
        args.dst[r] = a->rows[r];
    }
    args.n_out = n_safe;
    a->kernels->area_rows(&args);
    a->rows_y = y;
    if (n_safe == n_out)
        return;
    for (int r = 0; r < OCT_AREA_ROWS; r++) {
        uint8_t *copy = a->tails + (size_t)r * a->tail.n_bytes;
        oct_row_tail_copy(&a->tail, copy, args.src[r], C);
        args.src[r] = copy;
        args.dst[r] += (size_t)n_safe * (size_t)C;
    }
    args.first += n_safe;
    args.begin += n_safe;
    args.n_out = n_out - n_safe;
    a->kernels->area_rows(&args);
}

static octet_status shrink_by_any(const oct_resize_job *job, octet_error *err)
{
    area a = {.job = job, .kernels = oct_opencv_select()};
    octet_status status = area_init(&a, err);
    size_t n = (size_t)job->dst->width * (size_t)job->dst->channels;
    for (int32_t i = 0; status == OCTET_OK && i < job->dst->height; i++) {
        int32_t begin = a.y.begin[i], count = a.y.begin[i + 1] - begin;
        for (int32_t t = 0; t < count; t++) {
            int32_t y = a.y.first[i] + t;
            if (y - a.rows_y >= OCT_AREA_ROWS)
                shrink_batch(&a, y);
            a.kernels->area_add(a.sum, a.rows[y - a.rows_y], a.y.weights[begin + t], t == 0, n);
        }
        a.kernels->area_round(oct_image_row(job->dst, i), a.sum, n);
    }
    area_fini(&a);
    return status;
}

/* ---- which path -------------------------------------------------------------------------------------------------- */

octet_status oct_resize_opencv(const oct_resize_job *job, octet_error *err)
{
    double x = step_of(job->src->width, job->width), y = step_of(job->src->height, job->height);
    factors f = {.x = (int32_t)rint(x), .y = (int32_t)rint(y)};
    int is_integer = fabs(x - f.x) < DBL_EPSILON && fabs(y - f.y) < DBL_EPSILON;
    int is_area = job->dialect == OCTET_RESIZE_OPENCV_AREA || (is_integer && f.x == 2 && f.y == 2);
    if (!is_area || x < 1.0 || y < 1.0)
        return oct_resize_lerp(job, err);
    if (!is_integer)
        return shrink_by_any(job, err);
    if (f.x != 2 || f.y != 2)
        return shrink_by_integers(job, f, err);
    shrink_by_2(job);
    return OCTET_OK;
}
