/* Reference of OpenCV's linear and area passes: the formulas of opencv_kernels.h.
 * SPDX-License-Identifier: Apache-2.0 */
#include "image/opencv_kernels.h"

#include <math.h>

static void lerp_row(int16_t *dst, const uint8_t *src, const oct_lerp_axis *axis, int32_t channels)
{
    size_t C = (size_t)channels, step = (size_t)axis->step * C;
    for (int32_t i = 0; i < axis->n_out; i++) {
        const uint8_t *x = src + (size_t)axis->first[i] * C;
        const int16_t *w = axis->weights[i];
        for (size_t c = 0; c < C; c++)
            *dst++ = (int16_t)((x[c] * w[0] + x[c + step] * w[1]) >> 4);
    }
}

static void lerp_column(uint8_t *dst, const int16_t *above, const int16_t *below, const int16_t w[2], size_t n)
{
    for (size_t i = 0; i < n; i++)
        dst[i] = (uint8_t)(((above[i] * w[0] >> 16) + (below[i] * w[1] >> 16) + 2) >> 2);
}

static void area_row(float *dst, const uint8_t *src, const oct_area_rows_args *a)
{
    size_t C = (size_t)a->channels;
    for (int32_t i = 0; i < a->n_out; i++) {
        const uint8_t *x = src + (size_t)a->first[i] * C;
        for (size_t c = 0; c < C; c++) {
            float sum = 0.0f;
            for (int32_t t = a->begin[i], at = 0; t < a->begin[i + 1]; t++, at++)
                sum += (float)x[(size_t)at * C + c] * a->weights[t];
            *dst++ = sum;
        }
    }
}

static void area_rows(const oct_area_rows_args *a)
{
    for (int r = 0; r < OCT_AREA_ROWS; r++)
        area_row(a->dst[r], a->src[r], a);
}

static void area_add(float *sum, const float *row, float weight, int fresh, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        float v = weight * row[i];
        sum[i] = fresh ? v : sum[i] + v;
    }
}

static void area_round(uint8_t *dst, const float *sum, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        float v = rintf(sum[i]);
        dst[i] = (uint8_t)(v < 0.0f ? 0.0f : v > 255.0f ? 255.0f : v);
    }
}

static void sum_row(uint32_t *sum, const uint8_t *src, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sum[i] += src[i];
}

static void halve(uint8_t *dst, const uint8_t *above, const uint8_t *below, size_t n, int32_t channels)
{
    size_t C = (size_t)channels;
    for (size_t i = 0; i < n; i++, above += 2 * C, below += 2 * C)
        for (size_t c = 0; c < C; c++)
            *dst++ = (uint8_t)((above[c] + above[C + c] + below[c] + below[C + c] + 2) >> 2);
}

const oct_opencv_kernels oct_opencv_ref = {
    .name = "ref",
    .lerp_row = lerp_row,
    .lerp_column = lerp_column,
    .area_rows = area_rows,
    .area_add = area_add,
    .area_round = area_round,
    .sum_row = sum_row,
    .halve = halve,
};
