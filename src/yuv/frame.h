/* frame.h: where the samples of a frame lie, and rectangles of it to RGB. Called by image/yuv.c and by the engine, which
 * may give each thread rows of its own.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_YUV_FRAME_H
#define OCT_YUV_FRAME_H

#include "yuv/kernels.h"

/* NV12, NV21, I420 or YUYV. */
int oct_yuv_is_format(octet_pixel_format format);

/* Planes of a width x height frame; chroma of odd sizes rounds up. */
typedef struct oct_yuv_planes {
    int n;               /* 1 to 3 */
    size_t row_bytes[3]; /* used of each row */
    size_t n_rows[3];
} oct_yuv_planes;

/* width, height 1..INT32_MAX; format one of the four. */
oct_yuv_planes oct_yuv_planes_of(octet_pixel_format format, int32_t width, int32_t height);

/* Bytes of a frame whose planes follow each other, rows without gaps; and its planes and strides, of which three are
 * written (those it has not: NULL, 0). */
uint64_t oct_yuv_frame_bytes(octet_pixel_format format, int32_t width, int32_t height);
void oct_yuv_frame_planes(const uint8_t *planes[3], size_t strides[3], octet_pixel_format format, int32_t width,
                          int32_t height, const uint8_t *frame);

/* A frame in memory. */
typedef struct oct_yuv_source {
    oct_yuv_row row;                     /* row 0 */
    size_t y_stride, u_stride, v_stride; /* bytes from row to row of samples */
    int rows_per_uv;                     /* 2: two rows share their chroma; 1: YUYV */
} oct_yuv_source;

/* Planes as oct_yuv_planes_of has them; those beyond its n are not looked at. */
oct_yuv_source oct_yuv_source_of(octet_pixel_format format, const uint8_t *const planes[3], const size_t strides[3]);

/* The pixels from (x, y) on. If x is odd, only the first of them: the second has other chroma than the kernels take. */
oct_yuv_row oct_yuv_row_at(const oct_yuv_source *s, int32_t x, int32_t y);

/* The width x height pixels at (x, y), inside the frame, any of them odd, as packed RGB. */
typedef struct oct_yuv_rect {
    int32_t x, y, width, height;
} oct_yuv_rect;

void oct_yuv_convert(uint8_t *rgb, size_t rgb_stride, const oct_yuv_source *source, oct_yuv_rect rect,
                     const oct_yuv_law *law, const oct_yuv_kernels *kernels);

/* Pixels of the rectangle that the conversion clips. */
uint64_t oct_yuv_count_clipped(const oct_yuv_source *source, oct_yuv_rect rect, const oct_yuv_law *law,
                               const oct_yuv_kernels *kernels);

#endif
