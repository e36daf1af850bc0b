/* Row tails: see resize.h.
 * SPDX-License-Identifier: Apache-2.0 */
#include "image/resize.h"

#include <string.h>

void oct_row_tail_init(oct_row_tail *tail, int32_t *first, int32_t n_out, int32_t reach, int32_t n_in,
                       int32_t channels)
{
    int32_t n_safe = 0;
    while (n_safe < n_out && (int64_t)first[n_safe] + reach <= n_in)
        n_safe++;
    *tail = (oct_row_tail){.n_safe = n_safe};
    if (n_safe == n_out)
        return;
    tail->base = first[n_safe];
    tail->n_copied = (size_t)(n_in - tail->base) * (size_t)channels;
    tail->n_bytes = ((size_t)(first[n_out - 1] - tail->base) + (size_t)reach) * (size_t)channels;
    if (tail->n_bytes < tail->n_copied)
        tail->n_bytes = tail->n_copied;
    for (int32_t i = n_safe; i < n_out; i++)
        first[i] -= tail->base;
}

void oct_row_tail_copy(const oct_row_tail *tail, uint8_t *copy, const uint8_t *row, int32_t channels)
{
    memcpy(copy, row + (size_t)tail->base * (size_t)channels, tail->n_copied);
    memset(copy + tail->n_copied, 0, tail->n_bytes - tail->n_copied);
}
