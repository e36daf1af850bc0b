/* OpenCV's linear resize of bytes: two taps an axis with 11-bit weights whatever the reduction; also its area resize
 * where a side grows, which differs in the weights only. Source rows are mixed horizontally once and kept for the next
 * output.
 * SPDX-License-Identifier: Apache-2.0 */
#include "image/resize.h"

#include <math.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/mem.h"
#include "image/opencv_kernels.h"

/* Position of output i: source index *at (maybe -1 or beyond the end) and how much of the next one to mix in. */
static float position(int32_t *at, int32_t i, int32_t n_in, int32_t n_out, int area_mode)
{
    double grow = (double)n_out / n_in, step = 1.0 / grow;
    if (!area_mode) {
        float f = (float)((i + 0.5) * step - 0.5);
        *at = (int32_t)floorf(f);
        return f - (float)*at;
    }
    *at = (int32_t)floor(i * step);
    float f = (float)((i + 1) - (*at + 1) * grow);
    return f <= 0.0f ? 0.0f : f - floorf(f);
}

static void weigh(int16_t w[2], float f)
{
    w[0] = (int16_t)rintf((1.0f - f) * (1 << OCT_LERP_BITS));
    w[1] = (int16_t)rintf(f * (1 << OCT_LERP_BITS));
}

/* Outside the image the horizontal axis takes the border pixel alone. */
static void fill_axis(oct_lerp_axis *axis, int32_t begin, int32_t full, int area_mode)
{
    axis->step = axis->n_in > 1;
    for (int32_t i = 0; i < axis->n_out; i++) {
        int32_t at;
        float f = position(&at, begin + i, axis->n_in, full, area_mode);
        if (at < 0) {
            at = 0;
            f = 0.0f;
        } else if (at >= axis->n_in - 1) {
            at = axis->n_in - 1 - axis->step; /* the border pixel as the second of its pair */
            f = (float)axis->step;
        }
        axis->first[i] = at;
        weigh(axis->weights[i], f);
    }
}

typedef struct lerp {
    const oct_resize_job *job;
    const oct_opencv_kernels *kernels;
    oct_lerp_axis axis;
    int area_mode;
    int16_t *rows[2];  /* mixed source rows */
    int32_t rows_y[2]; /* which; -1 none */
} lerp;

static octet_status lerp_init(lerp *l, octet_error *err)
{
    const octet_image *src = l->job->src, *dst = l->job->dst;
    l->axis = (oct_lerp_axis){.n_in = src->width, .n_out = dst->width};
    size_t n = (size_t)dst->width;
    size_t n_row = (size_t)oct_round_up((n * (size_t)src->channels + OCT_OPENCV_PAD) * sizeof(int16_t), OCT_CACHE_LINE);
    size_t n_total = n_row * 2 + n * (sizeof(int32_t) + sizeof(int16_t[2]));
    uint8_t *memory = oct_alloc_aligned(n_total);
    if (!memory)
        return oct_fail_memory(err, "the rows of a resize", n_total);
    l->rows[0] = (int16_t *)(void *)memory;
    l->rows[1] = (int16_t *)(void *)(memory + n_row);
    l->rows_y[0] = l->rows_y[1] = -1;
    l->axis.first = (int32_t *)(void *)(memory + n_row * 2);
    l->axis.weights = (int16_t(*)[2])(void *)(l->axis.first + n);
    fill_axis(&l->axis, l->job->x0, l->job->width, l->area_mode);
    return OCTET_OK;
}

/* Mixed source row y, in slot y % 2: the two rows of an output are neighbours. */
static const int16_t *mixed_row(lerp *l, int32_t y)
{
    y = y < 0 ? 0 : y >= l->job->src->height ? l->job->src->height - 1 : y;
    if (l->rows_y[y & 1] != y) {
        l->kernels->lerp_row(l->rows[y & 1], oct_image_row(l->job->src, y), &l->axis, l->job->src->channels);
        l->rows_y[y & 1] = y;
    }
    return l->rows[y & 1];
}

octet_status oct_resize_lerp(const oct_resize_job *job, octet_error *err)
{
    lerp l = {.job = job, .kernels = oct_opencv_select(), .area_mode = job->dialect == OCTET_RESIZE_OPENCV_AREA};
    OCT_TRY(lerp_init(&l, err));
    size_t n = (size_t)job->dst->width * (size_t)job->dst->channels;
    for (int32_t i = 0; i < job->dst->height; i++) {
        int32_t y;
        int16_t w[2];
        /* above the first and below the last row both taps see the border row, with the weights left as they are */
        weigh(w, position(&y, job->y0 + i, job->src->height, job->height, l.area_mode));
        const int16_t *above = mixed_row(&l, y), *below = mixed_row(&l, y + 1);
        l.kernels->lerp_column(oct_image_row(job->dst, i), above, below, w, n);
    }
    oct_free_aligned(l.rows[0]);
    return OCTET_OK;
}
