/* 8-bit operators, level ref.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>

static void lookup_dense(uint8_t *y, const uint8_t *x, const uint8_t *table, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        y[i] = table[x[i]];
}

#define LOOPS oct_qlinear_ref
#define LOOKUP lookup_dense
#define SUM_BLOCKS(sum, x, step, n_pixels, flip, n) 0
#include "kernels/qlinear_body.h"
