/* Index spaces: the normaliser and the odometer.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/compiler.h"
#include "kernels/nd.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

void oct_nd_push(oct_nd *nd, int64_t dim, int64_t stride0, int64_t stride1, int64_t stride2)
{
    assert(nd->rank < OCT_ND_MAX_RANK);
    nd->dims[nd->rank] = dim;
    nd->strides[0][nd->rank] = stride0;
    nd->strides[1][nd->rank] = stride1;
    nd->strides[2][nd->rank] = stride2;
    nd->rank++;
}

static void copy_axis(oct_nd *nd, int to, int from)
{
    nd->dims[to] = nd->dims[from];
    for (int a = 0; a < OCT_ND_MAX_ARRAYS; a++)
        nd->strides[a][to] = nd->strides[a][from];
}

static void swap_axes(oct_nd *nd, int i, int j)
{
    int64_t dim = nd->dims[i], strides[OCT_ND_MAX_ARRAYS];
    for (int a = 0; a < OCT_ND_MAX_ARRAYS; a++)
        strides[a] = nd->strides[a][i];
    copy_axis(nd, i, j);
    nd->dims[j] = dim;
    for (int a = 0; a < OCT_ND_MAX_ARRAYS; a++)
        nd->strides[a][j] = strides[a];
}

static void drop_ones(oct_nd *nd)
{
    int n = 0;
    for (int i = 0; i < nd->rank; i++)
        if (nd->dims[i] != 1)
            copy_axis(nd, n++, i);
    nd->rank = n;
}

/* Stable insertion sort: there are at most sixteen axes. */
static void sort_axes(oct_nd *nd)
{
    for (int i = 1; i < nd->rank; i++)
        for (int j = i; j > 0 && llabs(nd->strides[0][j - 1]) < llabs(nd->strides[0][j]); j--)
            swap_axes(nd, j - 1, j);
}

static bool mergeable(const oct_nd *nd, int outer, int inner)
{
    for (int a = 0; a < nd->n_arrays; a++)
        if (nd->strides[a][outer] != nd->strides[a][inner] * nd->dims[inner])
            return false;
    return true;
}

static void merge_axes(oct_nd *nd)
{
    int n = 0;
    for (int i = 1; i < nd->rank; i++) {
        if (mergeable(nd, n, i)) {
            int64_t dim = nd->dims[n] * nd->dims[i];
            copy_axis(nd, n, i);
            nd->dims[n] = dim;
        } else {
            copy_axis(nd, ++n, i);
        }
    }
    nd->rank = n + 1;
}

void oct_nd_normalize(oct_nd *nd)
{
    bool empty = oct_nd_count(nd, nd->rank) == 0;
    drop_ones(nd);
    if (empty || nd->rank == 0) {
        nd->rank = 0;
        oct_nd_push(nd, empty ? 0 : 1, 1, 1, 1);
        return;
    }
    sort_axes(nd);
    merge_axes(nd);
}

void oct_nd_move_to_second_last(oct_nd *nd, int from)
{
    swap_axes(nd, from, nd->rank - 2);
}

int64_t oct_nd_count(const oct_nd *nd, int n_axes)
{
    int64_t n = 1;
    for (int i = 0; i < n_axes; i++)
        n *= nd->dims[i];
    return n;
}

void oct_nd_seek(const oct_nd *nd, int n_axes, int64_t flat, int64_t at[OCT_ND_MAX_ARRAYS])
{
    oct_nd_walk w;
    oct_nd_walk_init(&w, nd, n_axes, flat);
    for (int a = 0; a < OCT_ND_MAX_ARRAYS; a++)
        at[a] = w.at[a];
}

void oct_nd_walk_init(oct_nd_walk *w, const oct_nd *nd, int n_axes, int64_t flat)
{
    w->nd = nd;
    w->n_axes = n_axes;
    for (int a = 0; a < OCT_ND_MAX_ARRAYS; a++)
        w->at[a] = nd->offset[a];
    for (int i = n_axes - 1; i >= 0; i--) {
        w->index[i] = nd->dims[i] ? flat % nd->dims[i] : 0;
        flat = nd->dims[i] ? flat / nd->dims[i] : 0;
        for (int a = 0; a < OCT_ND_MAX_ARRAYS; a++)
            w->at[a] += w->index[i] * nd->strides[a][i];
    }
}

void oct_nd_walk_next(oct_nd_walk *w)
{
    const oct_nd *nd = w->nd;
    for (int i = w->n_axes - 1; i >= 0; i--) {
        int64_t steps = ++w->index[i] < nd->dims[i] ? 1 : 1 - nd->dims[i];
        for (int a = 0; a < OCT_ND_MAX_ARRAYS; a++)
            w->at[a] += steps * nd->strides[a][i];
        if (w->index[i] < nd->dims[i])
            return;
        w->index[i] = 0;
    }
}

oct_nd_cut oct_nd_make_cut(const oct_nd *nd, int64_t elems_per_item)
{
    int64_t row = nd->dims[nd->rank - 1];
    if (row == 0)
        return (oct_nd_cut){1, 1, 0};
    oct_nd_cut cut = {.pieces = row > 2 * elems_per_item ? oct_ceil_div(row, elems_per_item) : 1};
    cut.rows_per_item = cut.pieces > 1 ? 1 : oct_ceil_div(elems_per_item, row);
    cut.n_items = oct_ceil_div(oct_nd_count(nd, nd->rank - 1), cut.rows_per_item) * cut.pieces;
    return cut;
}

static void run_piece(const oct_nd *nd, const oct_nd_cut *cut, int64_t item, oct_nd_row row, void *context)
{
    int last = nd->rank - 1;
    int64_t n = nd->dims[last], piece = item % cut->pieces;
    int64_t first = n * piece / cut->pieces, end = n * (piece + 1) / cut->pieces;
    int64_t at[OCT_ND_MAX_ARRAYS];
    oct_nd_seek(nd, last, item / cut->pieces, at);
    for (int a = 0; a < OCT_ND_MAX_ARRAYS; a++)
        at[a] += first * nd->strides[a][last];
    row(context, at, end - first);
}

void oct_nd_run(const oct_nd *nd, const oct_nd_cut *cut, size_t item, oct_nd_row row, void *context)
{
    if (cut->pieces > 1) {
        run_piece(nd, cut, (int64_t)item, row, context);
        return;
    }
    int last = nd->rank - 1;
    int64_t first = (int64_t)item * cut->rows_per_item, left = oct_nd_count(nd, last) - first;
    int64_t n_rows = left < cut->rows_per_item ? left : cut->rows_per_item;
    oct_nd_walk w;
    oct_nd_walk_init(&w, nd, last, first);
    for (int64_t i = 0; i < n_rows; i++, oct_nd_walk_next(&w))
        row(context, w.at, nd->dims[last]);
}
