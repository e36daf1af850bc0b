/* Nearest neighbour: an index per output column and row, found as Pillow's affine transform or as OpenCV does.
 * SPDX-License-Identifier: Apache-2.0 */
#include "image/resize.h"

#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"

/* Pillow adds the step up from half a step on, in double; with the rounding of that sum an index may pass the end,
 * which Pillow leaves black (-1 here). */
static void fill_pillow(int32_t *index, int32_t n, int32_t skip, int32_t n_in, int32_t n_out)
{
    double step = (double)n_in / n_out, at = step * 0.5;
    for (int32_t i = 0; i < skip; i++)
        at += step;
    for (int32_t i = 0; i < n; i++, at += step)
        index[i] = (int32_t)at < n_in ? (int32_t)at : -1;
}

static void fill_opencv(int32_t *index, int32_t n, int32_t skip, int32_t n_in, int32_t n_out)
{
    double step = 1.0 / ((double)n_out / n_in);
    for (int32_t i = 0; i < n; i++) {
        int32_t at = (int32_t)floor((skip + i) * step);
        index[i] = at < n_in ? at : n_in - 1;
    }
}

static void gather_row(uint8_t *dst, const uint8_t *src, const int32_t *index, int32_t n, int32_t channels)
{
    static const uint8_t black[3];
    if (channels == 1) {
        for (int32_t i = 0; i < n; i++)
            dst[i] = index[i] < 0 ? 0 : src[index[i]];
        return;
    }
    for (int32_t i = 0; i < n; i++, dst += 3) {
        const uint8_t *p = index[i] < 0 ? black : src + (size_t)index[i] * 3;
        dst[0] = p[0];
        dst[1] = p[1];
        dst[2] = p[2];
    }
}

octet_status oct_resize_nearest(const oct_resize_job *job, octet_error *err)
{
    const octet_image *src = job->src, *dst = job->dst;
    size_t n_index = ((size_t)dst->width + (size_t)dst->height) * sizeof(int32_t);
    int32_t *xs = oct_malloc(n_index);
    if (!xs)
        return oct_fail_memory(err, "the index of a resize", n_index);
    int32_t *ys = xs + dst->width;
    void (*fill)(int32_t *, int32_t, int32_t, int32_t, int32_t) =
        job->dialect == OCTET_RESIZE_OPENCV_NEAREST ? fill_opencv : fill_pillow;
    fill(xs, dst->width, job->x0, src->width, job->width);
    fill(ys, dst->height, job->y0, src->height, job->height);
    size_t n = (size_t)dst->width * (size_t)dst->channels;
    for (int32_t y = 0; y < dst->height; y++) {
        uint8_t *row = oct_image_row(dst, y);
        if (ys[y] < 0)
            memset(row, 0, n);
        else if (y > 0 && ys[y] == ys[y - 1])
            memcpy(row, oct_image_row(dst, y - 1), n);
        else
            gather_row(row, oct_image_row(src, ys[y]), xs, dst->width, dst->channels);
    }
    oct_free(xs);
    return OCTET_OK;
}
