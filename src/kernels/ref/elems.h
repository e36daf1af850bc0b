/* elems.h: rows of integers of any type as int64, for what is not worth a loop per type. uint64 keeps its bits.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_ELEMS_H
#define OCT_ELEMS_H

#include <stddef.h>
#include <stdint.h>

#include <octet/octet.h>

#define OCT_ELEMS 64 /* in a buffer: what most callers open at a time */

/* n elements, `stride` of them apart; a bool is 0 or 1, other types go by their width. */
void oct_elems_load(int64_t *to, const void *from, octet_dtype dtype, int64_t stride, size_t n);

/* The low `size` bytes of each, dense. */
void oct_elems_store(void *to, size_t size, const int64_t *from, size_t n);

#endif
