/* copy.h: strided N-dimensional copy of elements of 1, 2, 4 or 8 bytes: the engine of Transpose, Concat, Split, Slice,
 * Expand, Tile, DepthToSpace and of every change of layout.
 *
 *   dst[offset0 + sum i[a]*stride0[a]] = src[offset1 + sum i[a]*stride1[a]]     for every index i of the space
 *
 * dst and src must not overlap. Touches nothing but these elements.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_COPY_H
#define OCT_COPY_H

#include <stddef.h>
#include <stdint.h>

#include "base/cpu.h"
#include "kernels/nd.h"

typedef enum oct_copy_method {
    OCT_COPY_ROWS,    /* both innermost strides are 1 */
    OCT_COPY_PLANES,  /* dst runs along the last axis, src along the one before it: 2-D transposes */
    OCT_COPY_ELEMENTS /* anything else */
} oct_copy_method;

/* Plain data: part of saved programs. */
typedef struct oct_copy {
    oct_nd nd; /* n_arrays = 2, normalized */
    int32_t elem_size, method;
    oct_nd_cut cut; /* PLANES: rows_per_item counts rows of one plane, along the axis before the last */
} oct_copy;

/* Make c ready from c->nd as pushed (rank, dims, strides, offset): normalizes and chooses the method. */
void oct_copy_init(oct_copy *c, int elem_size);

/* Copy item 0 .. cut.n_items-1: any order, any thread, each once. dst and src are the arrays' starts. */
typedef void (*oct_copy_fn)(const oct_copy *c, void *dst, const void *src, size_t item);

oct_copy_fn oct_copy_select(oct_cpu_level level);
/* "rows", "transpose" or "strided": for inspect. */
const char *oct_copy_describe(const oct_copy *c);

void oct_copy_ref(const oct_copy *c, void *dst, const void *src, size_t item);
void oct_copy_avx2(const oct_copy *c, void *dst, const void *src, size_t item);

/* Where item i of a PLANES copy lies: rows first..first+n_rows of the axis before the last in the plane at `at`. */
typedef struct oct_copy_strip {
    int64_t at[OCT_ND_MAX_ARRAYS]; /* elements, of row `first` */
    int64_t n_rows;
} oct_copy_strip;
oct_copy_strip oct_copy_get_strip(const oct_copy *c, size_t item);

#endif
