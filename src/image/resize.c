/* Resizing: checks, and the way to the dialect's own file.
 * SPDX-License-Identifier: Apache-2.0 */
#include "image/resize.h"

#include <string.h>

#include "base/err.h"

static octet_status check_sides(const oct_resize_job *job, octet_error *err)
{
    int32_t w = job->width, h = job->height;
    if (w < 1 || h < 1)
        return oct_fail(err, OCTET_USAGE, "resize to %dx%d: sides must be at least 1", (int)w, (int)h);
    int32_t sides[4] = {w, h, job->src->width, job->src->height};
    for (int i = 0; i < 4; i++)
        if (sides[i] > OCT_RESIZE_MAX_SIDE)
            return oct_fail(err, OCTET_UNSUPPORTED, "resize %dx%d to %dx%d: sides may not pass %d", (int)sides[2],
                            (int)sides[3], (int)w, (int)h, OCT_RESIZE_MAX_SIDE);
    return OCTET_OK;
}

static void copy_window(const oct_resize_job *job)
{
    const octet_image *src = job->src, *dst = job->dst;
    size_t n = (size_t)dst->width * (size_t)src->channels;
    for (int32_t y = 0; y < dst->height; y++)
        memcpy(oct_image_row(dst, y), oct_image_row(src, job->y0 + y) + (size_t)job->x0 * (size_t)src->channels, n);
}

octet_status oct_resize(const oct_resize_job *job, octet_error *err)
{
    OCT_TRY(check_sides(job, err));
    if (job->width == job->src->width && job->height == job->src->height) {
        copy_window(job); /* as all of these libraries do */
        return OCTET_OK;
    }
    switch (job->dialect) {
    case OCTET_RESIZE_PILLOW_NEAREST:
    case OCTET_RESIZE_OPENCV_NEAREST: return oct_resize_nearest(job, err);
    case OCTET_RESIZE_OPENCV_LINEAR:
    case OCTET_RESIZE_OPENCV_AREA: return oct_resize_opencv(job, err);
    case OCTET_RESIZE_PILLOW_BOX:
    case OCTET_RESIZE_PILLOW_BILINEAR:
    case OCTET_RESIZE_PILLOW_BICUBIC:
    case OCTET_RESIZE_PILLOW_LANCZOS:
    case OCTET_RESIZE_PILLOW13_BOX:
    case OCTET_RESIZE_PILLOW13_BILINEAR:
    case OCTET_RESIZE_PILLOW13_BICUBIC:
    case OCTET_RESIZE_PILLOW13_LANCZOS: return oct_resize_pillow(job, err);
    case OCTET_RESIZE_N_DIALECTS: break;
    }
    return oct_fail(err, OCTET_USAGE, "resize dialect %d is unknown", (int)job->dialect);
}

octet_status octet_image_resize(octet_image *dst, const octet_image *src, int32_t width, int32_t height,
                                octet_resize_dialect dialect, octet_error *err)
{
    octet_image out = {0};
    oct_resize_job job = {.src = src, .dst = &out, .width = width, .height = height, .dialect = dialect};
    OCT_TRY(check_sides(&job, err));
    OCT_TRY(octet_image_new(&out, width, height, src->channels, err));
    octet_status status = oct_resize(&job, err);
    if (status != OCTET_OK) {
        octet_image_free(&out);
        return status;
    }
    out.notes = src->notes;
    *dst = out;
    return OCTET_OK;
}
