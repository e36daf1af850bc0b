/* Pixels, level ref.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kernels/pixels.h"

#include <math.h>

#include "quant/requant.h"

static void widen(float *y, const uint8_t *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] = (float)x[i];
}

static void interleave3(uint8_t *y, const uint8_t *const x[3], size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (int c = 0; c < 3; c++)
            y[3 * i + (size_t)c] = x[c][i];
}

static void drop4(uint8_t *y, const uint8_t *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < 3; c++)
            y[3 * i + c] = x[4 * i + c];
}

static void scale3(uint8_t *y, const uint8_t *x, size_t n, const oct_pixel_scale3 *p)
{
    const oct_qrange range = oct_qrange_make(p->min, p->min + 255, p->zero);
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < 3; c++)
            y[3 * i + c] = (uint8_t)oct_requant(fmaf((float)x[3 * i + c], p->a[c], p->b[c]), range);
}

const oct_pixels oct_pixels_ref = {widen, interleave3, drop4, &oct_yuv_ref, scale3};
