/* Reference of the Pillow passes: the formula of filter_kernels.h, one output at a time.
 * SPDX-License-Identifier: Apache-2.0 */
#include "image/filter_kernels.h"

#include <string.h>

static const int32_t HALF = 1 << (OCT_FILTER_BITS - 1);

static uint8_t clip(int32_t sum)
{
    int32_t v = sum >> OCT_FILTER_BITS;
    return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

static void pack(void *packed, const int32_t *weights, int32_t n, int32_t group)
{
    (void)group;
    memcpy(packed, weights, (size_t)n * sizeof *weights);
}

static void filter_row(uint8_t *dst, const uint8_t *src, const oct_filter_rows_args *a)
{
    const int32_t *w = a->weights;
    int32_t C = a->channels;
    for (int32_t i = 0; i < a->n_out; i++, w += a->taps) {
        const uint8_t *x = src + (size_t)a->first[i] * (size_t)C;
        for (int32_t c = 0; c < C; c++) {
            int32_t sum = HALF;
            for (int32_t t = 0; t < a->taps; t++)
                sum += x[(size_t)t * (size_t)C + (size_t)c] * w[t];
            *dst++ = clip(sum);
        }
    }
}

static void rows(const oct_filter_rows_args *a)
{
    for (int32_t r = 0; r < OCT_FILTER_ROWS; r++)
        if (r == 0 || a->dst[r] != a->dst[r - 1])
            filter_row(a->dst[r], a->src[r], a);
}

static void column(uint8_t *dst, const uint8_t *const *src, const void *weights, int32_t taps, size_t n)
{
    enum { BLOCK = 256 }; /* bytes whose sums stay in the first-level cache */
    const int32_t *w = weights;
    for (size_t begin = 0; begin < n; begin += BLOCK) {
        size_t m = n - begin < BLOCK ? n - begin : BLOCK;
        int32_t sum[BLOCK];
        for (size_t i = 0; i < m; i++)
            sum[i] = HALF;
        for (int32_t t = 0; t < taps; t++)
            for (size_t i = 0; i < m; i++)
                sum[i] += src[t][begin + i] * w[t];
        for (size_t i = 0; i < m; i++)
            dst[begin + i] = clip(sum[i]);
    }
}

const oct_filter_kernels oct_filter_ref = {
    .name = "ref",
    .row_group = {0, 1, 0, 1},
    .column_group = 1,
    .pack = pack,
    .rows = rows,
    .column = column,
};
