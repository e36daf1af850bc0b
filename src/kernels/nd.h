/* nd.h: one N-dimensional index space walked by up to three arrays, each through its own strides. The data movers and
 * the quantizers describe their work with it, so that any mix of layouts is one and the same loop.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_ND_H
#define OCT_ND_H

#include <stddef.h>
#include <stdint.h>

#define OCT_ND_MAX_RANK 16
#define OCT_ND_MAX_ARRAYS 3

/* Array 0 is the destination: no two indices meet in one of its elements. The others may repeat (stride 0) or run
 * backwards (negative). Plain data: part of saved programs. */
typedef struct oct_nd {
    int32_t rank, n_arrays;
    int64_t dims[OCT_ND_MAX_RANK];
    int64_t strides[OCT_ND_MAX_ARRAYS][OCT_ND_MAX_RANK]; /* elements */
    int64_t offset[OCT_ND_MAX_ARRAYS];                   /* elements: where index 0 lies */
} oct_nd;

/* Append one axis (innermost so far); strides of absent arrays are ignored. */
void oct_nd_push(oct_nd *nd, int64_t dim, int64_t stride0, int64_t stride1, int64_t stride2);

/* The same elements with as few axes as possible: axes of 1 go, the rest is sorted by the destination's stride
 * (innermost last), neighbours that all arrays walk as one merge. At least one axis stays; an empty space has
 * dims {0}. */
void oct_nd_normalize(oct_nd *nd);

/* Exchange axis `from` with the one before the last. */
void oct_nd_move_to_second_last(oct_nd *nd, int from);

/* Product of dims[0 .. n_axes-1]. */
int64_t oct_nd_count(const oct_nd *nd, int n_axes);

/* Element offsets of every array at the `flat`-th index of the first n_axes axes (row-major), the others at 0. */
void oct_nd_seek(const oct_nd *nd, int n_axes, int64_t flat, int64_t at[OCT_ND_MAX_ARRAYS]);

/* A position that moves on by one. */
typedef struct oct_nd_walk {
    const oct_nd *nd;
    int32_t n_axes;
    int64_t index[OCT_ND_MAX_RANK];
    int64_t at[OCT_ND_MAX_ARRAYS];
} oct_nd_walk;

void oct_nd_walk_init(oct_nd_walk *w, const oct_nd *nd, int n_axes, int64_t flat);
void oct_nd_walk_next(oct_nd_walk *w); /* behind the last index it starts over */

/* How a normalized space is cut into pieces of work: groups of rows (a row runs along the last axis), or parts of rows
 * that are long. Plain data. */
typedef struct oct_nd_cut {
    int64_t rows_per_item;
    int64_t pieces; /* into how many items one row is cut; then rows_per_item is 1 */
    int64_t n_items; /* 0 for an empty space */
} oct_nd_cut;
oct_nd_cut oct_nd_make_cut(const oct_nd *nd, int64_t elems_per_item);

/* Call row(context, at, n) for each row of item 0 .. n_items-1: n elements of the last axis, the first of them at the
 * element offsets `at`. */
typedef void (*oct_nd_row)(void *context, const int64_t at[OCT_ND_MAX_ARRAYS], int64_t n);
void oct_nd_run(const oct_nd *nd, const oct_nd_cut *cut, size_t item, oct_nd_row row, void *context);

#endif
