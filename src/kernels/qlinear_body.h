/* Loops of the 8-bit operators, which compilers vectorize; compiled once per level, which defines LOOPS, the name of its
 * record, LOOKUP, the loop over tables, and SUM_BLOCKS(sum, x, step, n_pixels, flip, n), which sums as many of n channels as it
 * likes, the first ones, and returns how many.
 * SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "kernels/qlinear_loops.h"

static void add_dense(uint8_t *restrict y, const uint8_t *a, const uint8_t *b, const oct_qlinear_scales *scales, int64_t n)
{
    const oct_qlinear_scales s = *scales;
    for (int64_t i = 0; i < n; i++) {
        const float va = (float)((a[i] ^ s.flip) - s.a_less), vb = (float)((b[i] ^ s.flip) - s.b_less);
        y[i] = (uint8_t)oct_requant(fmaf(va, s.a, fmaf(vb, s.b, s.fixed)), s.range);
    }
}

static void mul_dense(uint8_t *restrict y, const uint8_t *a, const uint8_t *b, const oct_qlinear_scales *scales, int64_t n)
{
    const oct_qlinear_scales s = *scales;
    for (int64_t i = 0; i < n; i++) {
        const int32_t va = (a[i] ^ s.flip) - s.a_less, vb = (b[i] ^ s.flip) - s.b_less;
        y[i] = (uint8_t)oct_requant((float)(va * vb) * s.a, s.range);
    }
}

static void sum_dense(int32_t *restrict sum, const uint8_t *x, int64_t step, int64_t n_pixels, uint8_t flip, int64_t n)
{
    const int64_t done = SUM_BLOCKS(sum, x, step, n_pixels, flip, n);
    for (int64_t i = 0; i < n_pixels; i++)
        for (int64_t c = done; c < n; c++)
            sum[c] += x[i * step + c] ^ flip;
}

static void average_dense(uint8_t *restrict y, const int32_t *sum, int32_t zeros, float m, oct_qrange range, int64_t n)
{
    for (int64_t c = 0; c < n; c++)
        y[c] = (uint8_t)oct_requant((float)(sum[c] - zeros) * m, range);
}

const oct_qlinear_loops LOOPS = {add_dense, mul_dense, sum_dense, average_dense, LOOKUP};
