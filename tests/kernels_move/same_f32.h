/* Comparison of float results bit for bit, any NaN being equal to any other.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SAME_F32_H
#define SAME_F32_H

#include <math.h>
#include <stddef.h>
#include <string.h>

/* Index of the first difference, n if there is none. */
static inline size_t same_f32(const float *a, const float *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (memcmp(&a[i], &b[i], sizeof a[i]) != 0 && !(isnan(a[i]) && isnan(b[i])))
            return i;
    return n;
}

#endif
