/* Nearest neighbour: an index per output column and row, found as Pillow's affine transform or as OpenCV does.
 * SPDX-License-Identifier: Apache-2.0 */
#include "image/resize.h"

#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"

/* One axis: the source index of n outputs, ascending. */
typedef struct picks {
    int32_t n, n_valid; /* outputs from n_valid on have no source and are black */
    int32_t n_wide;     /* before this one, neither the source pixel nor the output is the last of its row */
    int32_t *index;
} picks;

/* Pillow adds the step up from half a step on, in double; with the rounding of that sum an index may pass the end,
 * which Pillow leaves black. */
static void pick_as_pillow(picks *p, int32_t skip, int32_t n_in, int32_t n_out)
{
    double step = (double)n_in / n_out, at = step * 0.5;
    for (int32_t i = 0; i < skip; i++)
        at += step;
    p->n_valid = 0;
    for (int32_t i = 0; i < p->n && (int32_t)at < n_in; i++, at += step)
        p->index[p->n_valid++] = (int32_t)at;
}

static void pick_as_opencv(picks *p, int32_t skip, int32_t n_in, int32_t n_out)
{
    double step = 1.0 / ((double)n_out / n_in);
    for (int32_t i = 0; i < p->n; i++) {
        int32_t at = (int32_t)floor((skip + i) * step);
        p->index[i] = at < n_in ? at : n_in - 1;
    }
    p->n_valid = p->n;
}

static void gather_gray(uint8_t *dst, const uint8_t *src, const picks *p)
{
    const int32_t *index = p->index;
    int32_t i = 0;
    for (; i + 4 <= p->n_valid; i += 4) {
        uint8_t four[4] = {src[index[i]], src[index[i + 1]], src[index[i + 2]], src[index[i + 3]]};
        memcpy(dst + i, four, 4);
    }
    for (; i < p->n_valid; i++)
        dst[i] = src[index[i]];
}

static void count_wide(picks *p, int32_t n_in)
{
    p->n_wide = p->n_valid > 0 ? p->n_valid - 1 : 0;
    while (p->n_wide > 0 && p->index[p->n_wide - 1] >= n_in - 1)
        p->n_wide--;
}

/* Four bytes a pixel, the last of which the next pixel overwrites. */
static void gather_rgb(uint8_t *dst, const uint8_t *src, const picks *p)
{
    int32_t i = 0;
    for (; i < p->n_wide; i++)
        memcpy(dst + (size_t)i * 3, src + (size_t)p->index[i] * 3, 4);
    for (; i < p->n_valid; i++)
        memcpy(dst + (size_t)i * 3, src + (size_t)p->index[i] * 3, 3);
}

static void gather_row(uint8_t *dst, const uint8_t *src, const picks *p, int32_t channels)
{
    if (channels == 1)
        gather_gray(dst, src, p);
    else
        gather_rgb(dst, src, p);
    memset(dst + (size_t)p->n_valid * (size_t)channels, 0, (size_t)(p->n - p->n_valid) * (size_t)channels);
}

octet_status oct_resize_nearest(const oct_resize_job *job, octet_error *err)
{
    const octet_image *src = job->src, *dst = job->dst;
    size_t n_index = ((size_t)dst->width + (size_t)dst->height) * sizeof(int32_t);
    int32_t *memory = oct_malloc(n_index);
    if (!memory)
        return oct_fail_memory(err, "the index of a resize", n_index);
    picks x = {.n = dst->width, .index = memory}, y = {.n = dst->height, .index = memory + dst->width};
    void (*pick)(picks *, int32_t, int32_t, int32_t) =
        job->dialect == OCTET_RESIZE_OPENCV_NEAREST ? pick_as_opencv : pick_as_pillow;
    pick(&x, job->x0, src->width, job->width);
    pick(&y, job->y0, src->height, job->height);
    count_wide(&x, src->width);
    size_t n = (size_t)dst->width * (size_t)dst->channels;
    for (int32_t i = 0; i < dst->height; i++) {
        uint8_t *row = oct_image_row(dst, i);
        if (i >= y.n_valid)
            memset(row, 0, n);
        else if (i > 0 && y.index[i] == y.index[i - 1])
            memcpy(row, oct_image_row(dst, i - 1), n);
        else
            gather_row(row, oct_image_row(src, y.index[i]), &x, dst->channels);
    }
    oct_free(memory);
    return OCTET_OK;
}
