/* Ranges by the smallest and largest value. Other methods come beside it.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_MIN_MAX_H
#define OCT_MIN_MAX_H

#include <stddef.h>

#include <octet/calibrate.h>

/* range->min = min(range->min, x[i]), range->max likewise, over n numbers; both NaN for good once one of them is. */
void oct_range_widen(octet_range *range, const float *x, size_t n);

#endif
