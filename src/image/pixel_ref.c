/* Reference of the per-pixel kernels: the formulas of pixel_kernels.h.
 * SPDX-License-Identifier: Apache-2.0 */
#include "image/pixel_kernels.h"

static void split(uint8_t *r, uint8_t *g, uint8_t *b, const uint8_t *rgb, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        r[i] = rgb[3 * i];
        g[i] = rgb[3 * i + 1];
        b[i] = rgb[3 * i + 2];
    }
}

static void swap(uint8_t *bgr, const uint8_t *rgb, size_t n)
{
    for (size_t i = 0; i < 3 * n; i += 3) {
        bgr[i] = rgb[i + 2];
        bgr[i + 1] = rgb[i + 1];
        bgr[i + 2] = rgb[i];
    }
}

static void gray(uint8_t *y, const uint8_t *rgb, size_t n)
{
    for (size_t i = 0; i < n; i++, rgb += 3)
        y[i] = (uint8_t)((19595u * rgb[0] + 38470u * rgb[1] + 7471u * rgb[2] + 32768u) >> 16);
}

static void repeat(uint8_t *rgb, const uint8_t *y, size_t n)
{
    for (size_t i = 0; i < n; i++)
        rgb[3 * i] = rgb[3 * i + 1] = rgb[3 * i + 2] = y[i];
}

static void normalize_1(float *y, const uint8_t *x, float mean, float scale, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] = ((float)x[i] - mean) * scale;
}

static void normalize_3(float *y, const uint8_t *x, const float mean[3], const float scale[3], size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < 3; c++)
            y[3 * i + c] = ((float)x[3 * i + c] - mean[c]) * scale[c];
}

const oct_pixel_kernels oct_pixel_ref = {
    .name = "ref",
    .split = split,
    .swap = swap,
    .gray = gray,
    .repeat = repeat,
    .normalize_1 = normalize_1,
    .normalize_3 = normalize_3,
};
