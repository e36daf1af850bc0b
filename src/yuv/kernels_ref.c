/* Reference of the YUV kernels: the formulas of law.h.
 * SPDX-License-Identifier: Apache-2.0 */
#include "yuv/kernels.h"

#include "base/compiler.h"

/* Before the clip. Rounding down below 0 by a shift of unsigned values: 2^16 is a multiple of 64 beyond any sum. */
OCT_INLINE void unclipped(int32_t rgb[3], int32_t y, int32_t u, int32_t v, const oct_yuv_law *law)
{
    int32_t t = (int32_t)((uint32_t)(y * 257) * law->y_gain >> 16) + law->y_bias;
    int32_t sums[3] = {t + law->v_r * (v - 128), t - law->u_g * (u - 128) - law->v_g * (v - 128),
                       t + law->u_b * (u - 128)};
    for (int c = 0; c < 3; c++)
        rgb[c] = (int32_t)((uint32_t)(sums[c] + 65536) >> 6) - 1024;
}

OCT_INLINE void unclipped_at(int32_t rgb[3], const oct_yuv_row *r, size_t i, const oct_yuv_law *law)
{
    unclipped(rgb, r->y[i * r->y_step], r->u[i / 2 * r->uv_step], r->v[i / 2 * r->uv_step], law);
}

/* In two steps, so that compilers need no branch. */
OCT_INLINE uint8_t clip(int32_t x)
{
    x = x < 0 ? 0 : x;
    return (uint8_t)(x > 255 ? 255 : x);
}

static void rgb_row(uint8_t *rgb, const oct_yuv_row *row, size_t n, const oct_yuv_law *law)
{
    const oct_yuv_row r = *row; /* copies, which stores to rgb cannot change */
    const oct_yuv_law k = *law;
    for (size_t i = 0; i < n; i++) {
        int32_t p[3];
        unclipped_at(p, &r, i, &k);
        for (int c = 0; c < 3; c++)
            rgb[3 * i + (size_t)c] = clip(p[c]);
    }
}

static size_t count_clipped(const oct_yuv_row *row, size_t n, const oct_yuv_law *law)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        int32_t p[3];
        unclipped_at(p, row, i, law);
        count += (p[0] | p[1] | p[2]) < 0 || p[0] > 255 || p[1] > 255 || p[2] > 255;
    }
    return count;
}

const oct_yuv_kernels oct_yuv_ref = {.name = "ref", .rgb = rgb_row, .count_clipped = count_clipped};
