/* Frames: planes of the four formats, and rectangles row by row.
 * SPDX-License-Identifier: Apache-2.0 */
#include "yuv/frame.h"

int oct_yuv_is_format(octet_pixel_format format)
{
    return format == OCTET_PIXELS_NV12 || format == OCTET_PIXELS_NV21 || format == OCTET_PIXELS_I420 ||
           format == OCTET_PIXELS_YUYV;
}

oct_yuv_planes oct_yuv_planes_of(octet_pixel_format format, int32_t width, int32_t height)
{
    size_t w = (size_t)width, h = (size_t)height, half_w = w / 2 + w % 2, half_h = h / 2 + h % 2;
    if (format == OCTET_PIXELS_YUYV)
        return (oct_yuv_planes){.n = 1, .row_bytes = {4 * half_w}, .n_rows = {h}};
    if (format == OCTET_PIXELS_I420)
        return (oct_yuv_planes){.n = 3, .row_bytes = {w, half_w, half_w}, .n_rows = {h, half_h, half_h}};
    return (oct_yuv_planes){.n = 2, .row_bytes = {w, 2 * half_w}, .n_rows = {h, half_h}};
}

uint64_t oct_yuv_frame_bytes(octet_pixel_format format, int32_t width, int32_t height)
{
    oct_yuv_planes planes = oct_yuv_planes_of(format, width, height);
    uint64_t n = 0;
    for (int p = 0; p < planes.n; p++)
        n += (uint64_t)planes.row_bytes[p] * planes.n_rows[p]; /* at most 2^32 * 2^31 */
    return n;
}

void oct_yuv_frame_planes(const uint8_t *planes[3], size_t strides[3], octet_pixel_format format, int32_t width,
                          int32_t height, const uint8_t *frame)
{
    oct_yuv_planes p = oct_yuv_planes_of(format, width, height);
    for (int i = 0; i < 3; i++) {
        planes[i] = i < p.n ? frame : NULL;
        strides[i] = p.row_bytes[i];
        frame += p.row_bytes[i] * p.n_rows[i];
    }
}

oct_yuv_source oct_yuv_source_of(octet_pixel_format format, const uint8_t *const planes[3], const size_t strides[3])
{
    oct_yuv_source s = {.row = {.y = planes[0], .y_step = 1}, .y_stride = strides[0], .rows_per_uv = 2};
    if (format == OCTET_PIXELS_YUYV) {
        s.row = (oct_yuv_row){planes[0], planes[0] + 1, planes[0] + 3, 2, 4};
        s.u_stride = s.v_stride = strides[0];
        s.rows_per_uv = 1;
        return s;
    }
    int planar = format == OCTET_PIXELS_I420, u_first = format == OCTET_PIXELS_NV12;
    s.row.u = planar ? planes[1] : planes[1] + !u_first;
    s.row.v = planar ? planes[2] : planes[1] + u_first;
    s.row.uv_step = planar ? 1 : 2;
    s.u_stride = strides[1];
    s.v_stride = planar ? strides[2] : strides[1];
    return s;
}

oct_yuv_row oct_yuv_row_at(const oct_yuv_source *s, int32_t x, int32_t y)
{
    oct_yuv_row row = s->row;
    size_t pair = (size_t)x / 2, uv_y = (size_t)(y / s->rows_per_uv);
    row.y += (size_t)y * s->y_stride + (size_t)x * row.y_step;
    row.u += uv_y * s->u_stride + pair * row.uv_step;
    row.v += uv_y * s->v_stride + pair * row.uv_step;
    return row;
}

void oct_yuv_convert(uint8_t *rgb, size_t rgb_stride, const oct_yuv_source *source, oct_yuv_rect rect,
                     const oct_yuv_law *law, const oct_yuv_kernels *kernels)
{
    int32_t odd = rect.x % 2;
    for (int32_t y = 0; y < rect.height; y++, rgb += rgb_stride) {
        oct_yuv_row row = oct_yuv_row_at(source, rect.x, rect.y + y);
        if (odd)
            kernels->rgb(rgb, &row, 1, law);
        if (rect.width == odd)
            continue;
        row = oct_yuv_row_at(source, rect.x + odd, rect.y + y);
        kernels->rgb(rgb + 3 * odd, &row, (size_t)(rect.width - odd), law);
    }
}

uint64_t oct_yuv_count_clipped(const oct_yuv_source *source, oct_yuv_rect rect, const oct_yuv_law *law,
                               const oct_yuv_kernels *kernels)
{
    int32_t odd = rect.x % 2;
    uint64_t count = 0;
    for (int32_t y = 0; y < rect.height; y++) {
        oct_yuv_row row = oct_yuv_row_at(source, rect.x, rect.y + y);
        if (odd)
            count += kernels->count_clipped(&row, 1, law);
        if (rect.width == odd)
            continue;
        row = oct_yuv_row_at(source, rect.x + odd, rect.y + y);
        count += kernels->count_clipped(&row, (size_t)(rect.width - odd), law);
    }
    return count;
}
