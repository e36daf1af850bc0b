/* The ranges of a model's tensors by name: what calibration finds out and the quantize pass asks for.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_RANGES_H
#define OCT_RANGES_H

#include <octet/calibrate.h>

#include "base/arena.h"

typedef struct oct_ranges { /* all zero is empty */
    octet_range *at;        /* [n] in the order they were added; names are the arena's */
    int32_t n, cap;
    oct_arena arena;
} oct_ranges;

/* One more, of a tensor nobody has seen a value of: min is infinite, max is -infinite. `name` is copied. */
octet_status oct_ranges_add(oct_ranges *ranges, const char *name, octet_error *err);
/* The range of that name, or NULL. *hint, 0 to begin with, makes asking in the order of adding fast. */
const octet_range *oct_ranges_find(const oct_ranges *ranges, const char *name, int32_t *hint);
void oct_ranges_free(oct_ranges *ranges); /* leaves it empty */

#endif
