/* Images in memory: make, free, view, change channels, split into planes.
 * SPDX-License-Identifier: Apache-2.0 */
#include <octet/image.h>

#include <string.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/mem.h"
#include "image/pixel_kernels.h"
#include "image/rows.h"

octet_status oct_image_alloc(octet_image *image, int32_t width, int32_t height, int32_t channels, octet_error *err)
{
    size_t stride, n;
    if (OCT_MUL_OVERFLOWS((size_t)width, (size_t)channels, &stride) || OCT_MUL_OVERFLOWS(stride, (size_t)height, &n))
        n = SIZE_MAX;
    uint8_t *pixels = oct_malloc(n); /* malloc keeps the pages of the last image for the next */
    if (!pixels)
        return oct_fail(err, OCTET_NO_MEMORY, "out of memory: an image of %dx%d needs %zu bytes", (int)width,
                        (int)height, n);
    *image = (octet_image){
        .width = width, .height = height, .channels = channels, .stride = stride, .pixels = pixels, .memory = pixels};
    return OCTET_OK;
}

octet_status octet_image_new(octet_image *image, int32_t width, int32_t height, int32_t channels, octet_error *err)
{
    if (width < 1 || height < 1 || (channels != 1 && channels != 3))
        return oct_fail(err, OCTET_USAGE,
                        "an image of %dx%d with %d channels: sides must be at least 1, channels 1 or 3", (int)width,
                        (int)height, (int)channels);
    if ((uint64_t)width * (uint64_t)height > OCTET_IMAGE_MAX_PIXELS)
        return oct_fail(err, OCTET_USAGE, "an image of %dx%d has more than the %u pixels allowed", (int)width,
                        (int)height, OCTET_IMAGE_MAX_PIXELS);
    return oct_image_alloc(image, width, height, channels, err);
}

void octet_image_free(octet_image *image)
{
    if (!image)
        return;
    oct_free(image->memory);
    *image = (octet_image){0};
}

octet_status octet_image_view(octet_image *view, const octet_image *image, int32_t x, int32_t y, int32_t width,
                              int32_t height, octet_error *err)
{
    if (x < 0 || y < 0 || width < 1 || height < 1 || width > image->width - x || height > image->height - y)
        return oct_fail(err, OCTET_USAGE, "a view of %dx%d at (%d, %d) is not inside an image of %dx%d", (int)width,
                        (int)height, (int)x, (int)y, (int)image->width, (int)image->height);
    octet_image v = *image;
    v.width = width;
    v.height = height;
    v.pixels = oct_image_row(image, y) + (size_t)x * (size_t)image->channels;
    v.memory = NULL;
    *view = v;
    return OCTET_OK;
}

static void convert_row(const oct_pixel_kernels *k, uint8_t *dst, const uint8_t *src, size_t n, int32_t channels,
                        octet_channel_order order)
{
    if (channels == 1 && order == OCTET_GRAY)
        memcpy(dst, src, n);
    else if (channels == 1)
        k->repeat(dst, src, n);
    else if (order == OCTET_GRAY)
        k->gray(dst, src, n);
    else if (order == OCTET_BGR)
        k->swap(dst, src, n);
    else
        memcpy(dst, src, n * 3);
}

octet_status octet_image_convert(octet_image *dst, const octet_image *src, octet_channel_order order, octet_error *err)
{
    const oct_pixel_kernels *k = oct_pixel_select();
    octet_image out;
    OCT_TRY(octet_image_new(&out, src->width, src->height, order == OCTET_GRAY ? 1 : 3, err));
    for (int32_t y = 0; y < src->height; y++)
        convert_row(k, oct_image_row(&out, y), oct_image_row(src, y), (size_t)src->width, src->channels, order);
    out.notes = src->notes;
    *dst = out;
    return OCTET_OK;
}

void octet_image_split(uint8_t *const *planes, const octet_image *src)
{
    const oct_pixel_kernels *k = oct_pixel_select();
    size_t w = (size_t)src->width;
    for (int32_t y = 0; y < src->height; y++) {
        const uint8_t *row = oct_image_row(src, y);
        size_t at = (size_t)y * w;
        if (src->channels == 1)
            memcpy(planes[0] + at, row, w);
        else
            k->split(planes[0] + at, planes[1] + at, planes[2] + at, row, w);
    }
}
