/* Index spaces: the normaliser and the odometer.
 * SPDX-License-Identifier: Apache-2.0 */
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
