/* Pixels by blocks that stay in the first-level cache, see pixels.h.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kernels/pixels.h"

#include <string.h>

#define BLOCK_BYTES 1536 /* interleaved at once; at least OCT_PIXELS_MAX_CHANNELS */

const oct_pixels *oct_pixels_select(oct_cpu_level level)
{
#if defined(__x86_64__)
    if (level >= OCT_CPU_AVX2)
        return &oct_pixels_avx2;
#endif
    (void)level;
    return &oct_pixels_ref;
}

static void pick_packed(const oct_pixels *k, const oct_pixel_source *p, uint8_t *y, const uint8_t *x, int64_t n)
{
    if (p->C == p->S) {
        memcpy(y, x, (size_t)(n * p->C));
    } else if (p->C == 4 && p->S == 3) {
        k->drop4(y, x, (size_t)n);
    } else {
        for (int64_t i = 0; i < n; i++)
            memcpy(y + i * p->S, x + i * p->C, (size_t)p->S);
    }
}

/* n pixels of one image from its planes; x: the first plane at the first of these pixels. */
static void pick_planar(const oct_pixels *k, const oct_pixel_source *p, uint8_t *y, const uint8_t *x, int64_t n)
{
    const int64_t plane = (int64_t)p->H * p->W;
    if (p->S == 3) {
        const uint8_t *const planes[3] = {x, x + plane, x + 2 * plane};
        k->interleave3(y, planes, (size_t)n);
        return;
    }
    for (int32_t c = 0; c < p->S; c++)
        for (int64_t i = 0; i < n; i++)
            y[i * p->S + c] = x[c * plane + i];
}

/* n pixels of one image; x is the image, the pixels are those from `at` on. */
static void pick_packed_image(const oct_pixels *k, const oct_pixel_source *p, uint8_t *y, const uint8_t *x, int64_t at, int64_t n)
{
    pick_packed(k, p, y, x + at * p->C, n);
}

static void pick_planar_image(const oct_pixels *k, const oct_pixel_source *p, uint8_t *y, const uint8_t *x, int64_t at, int64_t n)
{
    pick_planar(k, p, y, x + at, n);
}

/* ---- YUV ---- */

#define CHROMA_BLOCK 512 /* pixels, even */

/* Y, U, V of n pixels of one row of samples, the first of an even column unless n is 1. */
static void interleave_row(const oct_pixels *k, uint8_t *to, const oct_yuv_row *row, int64_t n)
{
    uint8_t y[CHROMA_BLOCK], u[CHROMA_BLOCK], v[CHROMA_BLOCK];
    for (int64_t at = 0; at < n; at += CHROMA_BLOCK) {
        const int64_t here = n - at < CHROMA_BLOCK ? n - at : CHROMA_BLOCK;
        for (int64_t i = 0; i < here; i++)
            y[i] = row->y[(at + i) * (int64_t)row->y_step];
        for (int64_t i = 0; i < here; i += 2) {
            u[i] = u[i + 1] = row->u[(at + i) / 2 * (int64_t)row->uv_step];
            v[i] = v[i + 1] = row->v[(at + i) / 2 * (int64_t)row->uv_step];
        }
        const uint8_t *const planes[3] = {y, u, v};
        k->interleave3(to + 3 * at, planes, (size_t)here);
    }
}

static void pick_linear(const oct_pixels *k, const oct_yuv_source *source, uint8_t *to, int32_t x, int32_t y, int64_t n)
{
    const int64_t odd = x % 2;
    if (odd) {
        const oct_yuv_row row = oct_yuv_row_at(source, x, y);
        interleave_row(k, to, &row, 1);
    }
    if (n > odd) {
        const oct_yuv_row row = oct_yuv_row_at(source, x + (int32_t)odd, y);
        interleave_row(k, to + 3 * odd, &row, n - odd);
    }
}

static void pick_yuv_image(const oct_pixels *k, const oct_pixel_source *p, uint8_t *to, const uint8_t *x, int64_t at, int64_t n)
{
    const uint8_t *planes[3];
    size_t strides[3];
    oct_yuv_frame_planes(planes, strides, p->yuv.format, p->W, p->H, x);
    const oct_yuv_source source = oct_yuv_source_of(p->yuv.format, planes, strides);
    const oct_yuv_law *law = oct_yuv_law_get(p->yuv.matrix, p->yuv.range);
    while (n > 0) { /* row by row */
        const int32_t row = (int32_t)(at / p->W), col = (int32_t)(at % p->W);
        const int64_t here = p->W - col < n ? p->W - col : n;
        if (p->yuv.linear)
            pick_linear(k, &source, to, col, row, here);
        else
            oct_yuv_convert(to, 0, &source, (oct_yuv_rect){col, row, (int32_t)here, 1}, law, k->yuv);
        to += 3 * here;
        at += here;
        n -= here;
    }
}

/* ---- all ---- */

size_t oct_pixels_image_bytes(const oct_pixel_source *p)
{
    if (p->is_yuv)
        return (size_t)oct_yuv_frame_bytes(p->yuv.format, p->W, p->H);
    return (size_t)p->H * (size_t)p->W * (size_t)p->C;
}

void oct_pixels_bytes(const oct_pixels *k, const oct_pixel_source *p, uint8_t *y, const uint8_t *x, int64_t first, int64_t n)
{
    const int64_t area = (int64_t)p->H * p->W;
    const size_t image_bytes = oct_pixels_image_bytes(p);
    while (n > 0) { /* image by image */
        const int64_t at = first % area, here = area - at < n ? area - at : n;
        const uint8_t *image = x + (size_t)(first / area) * image_bytes;
        (p->is_yuv ? pick_yuv_image : p->planar ? pick_planar_image : pick_packed_image)(k, p, y, image, at, here);
        y += here * p->S;
        first += here;
        n -= here;
    }
}

void oct_pixels_floats(const oct_pixels *k, const oct_pixel_source *p, float *y, const uint8_t *x, int64_t first, int64_t n)
{
    uint8_t block[BLOCK_BYTES];
    if (!p->is_yuv && p->C == p->S && (!p->planar || p->C == 1)) {
        k->widen(y, x + first * p->C, (size_t)(n * p->C));
        return;
    }
    const int64_t step = BLOCK_BYTES / p->S;
    for (int64_t i = 0; i < n; i += step) {
        const int64_t here = n - i < step ? n - i : step;
        oct_pixels_bytes(k, p, block, x, first + i, here);
        k->widen(y + i * p->S, block, (size_t)(here * p->S));
    }
}
