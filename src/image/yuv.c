/* YUV frames to RGB images: the checks, around the conversion of src/yuv/.
 * SPDX-License-Identifier: Apache-2.0 */
#include <octet/image.h>

#include "base/err.h"
#include "image/level.h"
#include "yuv/frame.h"

/* ---- checks ------------------------------------------------------------------------------------------------------ */

static int has_size(int32_t width, int32_t height)
{
    return width >= 1 && height >= 1 && (uint64_t)width * (uint64_t)height <= OCTET_IMAGE_MAX_PIXELS;
}

static octet_status check_format(const octet_pixels *pixels, int32_t width, int32_t height, octet_error *err)
{
    if (!oct_yuv_is_format(pixels->format))
        return oct_fail(err, OCTET_USAGE, "pixels of format %s (%d) are no YUV frame; NV12, NV21, I420 and YUYV are",
                        octet_pixel_format_name(pixels->format), (int)pixels->format);
    if ((unsigned)pixels->matrix > OCTET_BT709 || (unsigned)pixels->range > OCTET_YUV_FULL)
        return oct_fail(err, OCTET_USAGE, "a YUV frame has matrix %d and range %d; there are 0 and 1 of each",
                        (int)pixels->matrix, (int)pixels->range);
    if (!has_size(width, height))
        return oct_fail(err, OCTET_USAGE, "a frame of %dx%d: sides must be at least 1, and pixels at most %u", (int)width,
                        (int)height, OCTET_IMAGE_MAX_PIXELS);
    return OCTET_OK;
}

static octet_status check_frame(const octet_yuv_frame *frame, octet_error *err)
{
    OCT_TRY(check_format(&frame->pixels, frame->width, frame->height, err));
    oct_yuv_planes planes = oct_yuv_planes_of(frame->pixels.format, frame->width, frame->height);
    const char *name = octet_pixel_format_name(frame->pixels.format);
    for (int p = 0; p < planes.n; p++) {
        if (!frame->planes[p])
            return oct_fail(err, OCTET_USAGE, "plane %d of the %s frame is missing", p, name);
        if (frame->strides[p] < planes.row_bytes[p])
            return oct_fail(err, OCTET_USAGE, "plane %d of the %s frame of %dx%d has rows of %zu bytes, but a stride of %zu", p,
                            name, (int)frame->width, (int)frame->height, planes.row_bytes[p], frame->strides[p]);
    }
    return OCTET_OK;
}

static octet_status check_region(oct_yuv_rect *rect, const octet_yuv_frame *frame, const octet_rect *roi, octet_error *err)
{
    OCT_TRY(check_frame(frame, err));
    int32_t w = frame->width, h = frame->height;
    *rect = roi ? (oct_yuv_rect){roi->x, roi->y, roi->width, roi->height} : (oct_yuv_rect){0, 0, w, h};
    if (rect->x < 0 || rect->y < 0 || rect->width < 1 || rect->height < 1 || rect->width > w - rect->x ||
        rect->height > h - rect->y)
        return oct_fail(err, OCTET_USAGE, "a region of %dx%d at (%d, %d) is not inside a frame of %dx%d", (int)rect->width,
                        (int)rect->height, (int)rect->x, (int)rect->y, (int)w, (int)h);
    return OCTET_OK;
}

/* ---- frames in one piece ----------------------------------------------------------------------------------------- */

size_t octet_yuv_frame_bytes(octet_pixel_format format, int32_t width, int32_t height)
{
    if (!oct_yuv_is_format(format) || !has_size(width, height))
        return 0;
    return (size_t)oct_yuv_frame_bytes(format, width, height); /* at most 4 * 10^8, a column of YUYV */
}

octet_status octet_yuv_frame_from_memory(octet_yuv_frame *frame, const octet_pixels *pixels, int32_t width, int32_t height,
                                         const void *data, size_t n_bytes, octet_error *err)
{
    OCT_TRY(check_format(pixels, width, height, err));
    size_t wanted = octet_yuv_frame_bytes(pixels->format, width, height);
    if (n_bytes != wanted)
        return oct_fail(err, OCTET_BAD_INPUT, "a frame of %dx%d in %s has %zu bytes, but here are %zu", (int)width,
                        (int)height, octet_pixel_format_name(pixels->format), wanted, n_bytes);
    *frame = (octet_yuv_frame){.pixels = *pixels, .width = width, .height = height};
    oct_yuv_frame_planes(frame->planes, frame->strides, pixels->format, width, height, data);
    return OCTET_OK;
}

/* ---- conversion -------------------------------------------------------------------------------------------------- */

octet_status octet_yuv_to_rgb(octet_image *dst, const octet_yuv_frame *frame, const octet_rect *roi, octet_error *err)
{
    oct_yuv_rect rect = {0};
    octet_image out;
    OCT_TRY(check_region(&rect, frame, roi, err));
    OCT_TRY(octet_image_new(&out, rect.width, rect.height, 3, err));
    const oct_yuv_source source = oct_yuv_source_of(frame->pixels.format, frame->planes, frame->strides);
    oct_yuv_convert(out.pixels, out.stride, &source, rect, oct_yuv_law_get(frame->pixels.matrix, frame->pixels.range),
                    oct_yuv_select(oct_image_level()));
    *dst = out;
    return OCTET_OK;
}

octet_status octet_yuv_count_clipped(uint64_t *n_pixels, const octet_yuv_frame *frame, const octet_rect *roi,
                                     octet_error *err)
{
    oct_yuv_rect rect = {0};
    OCT_TRY(check_region(&rect, frame, roi, err));
    const oct_yuv_source source = oct_yuv_source_of(frame->pixels.format, frame->planes, frame->strides);
    *n_pixels = oct_yuv_count_clipped(&source, rect, oct_yuv_law_get(frame->pixels.matrix, frame->pixels.range),
                                      oct_yuv_select(oct_image_level()));
    return OCTET_OK;
}
