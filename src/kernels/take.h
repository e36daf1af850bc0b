/* take.h: copies whose source index comes from a table per axis (Pad, nearest Resize), and the gathers whose indices
 * are known only at run time. Elements of 1, 2, 4 or 8 bytes.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_TAKE_H
#define OCT_TAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OCT_TAKE_MAX_RANK 8

/* y[sum i[a]*y_strides[a]] = x[sum table_a[i[a]]], or `fill` where any of the entries is negative.
 * Plain data: part of saved programs. */
typedef struct oct_take {
    int32_t rank, elem_size;
    int64_t dims[OCT_TAKE_MAX_RANK], y_strides[OCT_TAKE_MAX_RANK]; /* outermost first; the last stride is 1 */
    int64_t table_at[OCT_TAKE_MAX_RANK]; /* where in `tables` those of the axis begin: dims[a] element offsets into x */
    int32_t dense_rows, unused;          /* the last table counts up by one and has no negative entry */
    int64_t rows_per_item, n_items;
} oct_take;

typedef struct oct_take_args {
    const oct_take *take;
    const int64_t *tables;
    const void *x;
    void *y;          /* must not overlap x */
    const void *fill; /* one element; NULL: zero bytes */
} oct_take_args;

/* Make t ready: sorts the axes, fills in what is derived. `tables` as at run time. */
void oct_take_init(oct_take *t, const int64_t *tables);
/* Item 0 .. n_items-1: any order, any thread, each once. */
void oct_take_run(const oct_take_args *a, size_t item);

/* Gather along the middle one of three axes:  y[o, k, :] = x[o, index[k], :].
 * Negative indices count from the end; any that is out of range is clamped to the nearest valid one. */
typedef struct oct_gather {
    int64_t n_outer, dim, n_indices, inner_bytes; /* x [n_outer, dim, inner], y [n_outer, n_indices, inner] */
    int32_t wide;                                 /* indices are int64, not int32 */
    int32_t unused;
} oct_gather;
void oct_gather_run(const oct_gather *p, void *y, const void *x, const void *indices);

/* GatherElements:  y[i] = x[i with i[axis] = index[i]] over the row-major index tensor, indices as in oct_gather. */
typedef struct oct_gather_elements {
    int32_t rank, axis, elem_size, wide;
    int64_t dims[OCT_TAKE_MAX_RANK];      /* of indices and y */
    int64_t x_strides[OCT_TAKE_MAX_RANK]; /* elements */
    int64_t x_dim;                        /* of the axis */
} oct_gather_elements;
void oct_gather_elements_run(const oct_gather_elements *p, void *y, const void *x, const void *indices);

#endif
