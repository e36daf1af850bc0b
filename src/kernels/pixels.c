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

void oct_pixels_bytes(const oct_pixels *k, const oct_pixel_source *p, uint8_t *y, const uint8_t *x, int64_t first, int64_t n)
{
    const int64_t area = (int64_t)p->H * p->W;
    if (!p->planar) {
        pick_packed(k, p, y, x + first * p->C, n);
        return;
    }
    while (n > 0) { /* image by image */
        const int64_t image = first / area, at = first % area, here = area - at < n ? area - at : n;
        pick_planar(k, p, y, x + image * area * p->C + at, here);
        y += here * p->S;
        first += here;
        n -= here;
    }
}

void oct_pixels_floats(const oct_pixels *k, const oct_pixel_source *p, float *y, const uint8_t *x, int64_t first, int64_t n)
{
    uint8_t block[BLOCK_BYTES];
    if (p->C == p->S && (!p->planar || p->C == 1)) {
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
