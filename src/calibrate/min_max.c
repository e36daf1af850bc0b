/* Smallest and largest value, in lanes that compilers turn into vectors.
 * SPDX-License-Identifier: Apache-2.0 */
#include "calibrate/min_max.h"

#include <math.h>

#define LANES 16

void oct_range_widen(octet_range *range, const float *x, size_t n)
{
    float lo[LANES], hi[LANES], sum[LANES]; /* sum: of x - x, which is 0 for numbers and NaN for others */
    for (size_t j = 0; j < LANES; j++) {
        lo[j] = range->min;
        hi[j] = range->max;
        sum[j] = 0;
    }
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (size_t j = 0; j < LANES; j++) {
            const float v = x[i + j];
            lo[j] = v < lo[j] ? v : lo[j];
            hi[j] = v > hi[j] ? v : hi[j];
            sum[j] += v - v;
        }
    for (; i < n; i++) {
        lo[0] = x[i] < lo[0] ? x[i] : lo[0];
        hi[0] = x[i] > hi[0] ? x[i] : hi[0];
        sum[0] += x[i] - x[i];
    }
    for (size_t j = 1; j < LANES; j++) {
        lo[0] = lo[j] < lo[0] ? lo[j] : lo[0];
        hi[0] = hi[j] > hi[0] ? hi[j] : hi[0];
        sum[0] += sum[j];
    }
    if (!isnan(range->min)) {
        range->min = isnan(sum[0]) ? NAN : lo[0];
        range->max = isnan(sum[0]) ? NAN : hi[0];
    }
}
