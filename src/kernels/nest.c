/* Normalizing and walking loop nests.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kernels/nest.h"

#include <stdbool.h>

#include "base/compiler.h"

#define PARALLEL_FROM 32768 /* work: below, waking the other threads costs more than it gains */
#define BLOCK 8192          /* work of one item */
#define LINE 16             /* floats of a cache line, the least that items cut a row into */

static void copy_axis(oct_nest *nest, int to, int from)
{
    nest->dims[to] = nest->dims[from];
    for (int k = 0; k < nest->n_operands; k++)
        nest->strides[k][to] = nest->strides[k][from];
}

static void swap_axes(oct_nest *nest, int a, int b)
{
    oct_nest old = *nest;
    copy_axis(nest, a, b);
    nest->dims[b] = old.dims[a];
    for (int k = 0; k < nest->n_operands; k++)
        nest->strides[k][b] = old.strides[k][a];
}

static void drop_ones(oct_nest *nest)
{
    int n = 0;
    for (int i = 0; i < nest->rank; i++)
        if (nest->dims[i] != 1)
            copy_axis(nest, n++, i);
    nest->rank = n;
}

static void sort_axes(oct_nest *nest)
{
    for (int i = 1; i < nest->rank; i++)
        for (int j = i; j > 0 && nest->strides[0][j - 1] < nest->strides[0][j]; j--)
            swap_axes(nest, j - 1, j);
}

/* Does every operand step over axis `outer` as if `inner` just went on? */
static bool mergeable(const oct_nest *nest, int outer, int inner)
{
    for (int k = 0; k < nest->n_operands; k++)
        if (nest->strides[k][outer] != nest->strides[k][inner] * nest->dims[inner])
            return false;
    return true;
}

static void merge_axes(oct_nest *nest)
{
    int last = 0;
    for (int i = 1; i < nest->rank; i++) {
        if (mergeable(nest, last, i)) {
            int64_t dim = nest->dims[last] * nest->dims[i];
            copy_axis(nest, last, i);
            nest->dims[last] = dim;
        } else {
            copy_axis(nest, ++last, i);
        }
    }
    nest->rank = last + 1;
}

static void add_one_axis(oct_nest *nest)
{
    nest->rank = 1;
    nest->dims[0] = 1;
    for (int k = 0; k < nest->n_operands; k++)
        nest->strides[k][0] = 1;
}

void oct_nest_normalize(oct_nest *nest)
{
    drop_ones(nest);
    if (nest->rank == 0)
        add_one_axis(nest);
    sort_axes(nest);
    merge_axes(nest);
}

int64_t oct_nest_elems(const oct_nest *nest)
{
    int64_t n = 1;
    for (int i = 0; i < nest->rank; i++)
        n *= nest->dims[i];
    return n;
}

/* ---- running ---- */

/* Work is cut into items: `rows` rows of all outer axes together, times `columns` elements of the innermost axis. */
typedef struct walk {
    const oct_nest *nest;
    void *const *operands;
    oct_tile_fn fn;
    void *context;
    int64_t n_rows, n_columns; /* of the whole nest */
    int64_t rows, columns;     /* of one item */
} walk;

/* Start of operand k in `row` (all axes but the innermost, counted row-major), element `column`. */
static void *locate(const walk *w, int k, int64_t row, int64_t column)
{
    const oct_nest *nest = w->nest;
    int64_t at = column * nest->strides[k][nest->rank - 1];
    for (int i = nest->rank - 2; i >= 0; i--) {
        at += row % nest->dims[i] * nest->strides[k][i];
        row /= nest->dims[i];
    }
    return (char *)w->operands[k] + at * nest->elem_size[k];
}

/* One tile: n_rows rows that differ in the second innermost axis only. */
static void run_tile(const walk *w, int64_t row, int64_t n_rows, int64_t column, int64_t n)
{
    const oct_nest *nest = w->nest;
    oct_tile tile = {.rows = (size_t)n_rows, .n = (size_t)n};
    for (int k = 0; k < nest->n_operands; k++) {
        tile.base[k] = locate(w, k, row, column);
        tile.pitch[k] = nest->rank > 1 ? nest->strides[k][nest->rank - 2] : 0;
        tile.stride[k] = nest->strides[k][nest->rank - 1];
    }
    w->fn(w->context, &tile);
}

static void run_item(void *context, size_t item, int worker)
{
    const walk *w = context;
    (void)worker;
    int64_t n_across = (w->n_columns + w->columns - 1) / w->columns;
    int64_t column = (int64_t)item % n_across * w->columns, row = (int64_t)item / n_across * w->rows;
    int64_t n = column + w->columns < w->n_columns ? w->columns : w->n_columns - column;
    int64_t end = row + w->rows < w->n_rows ? row + w->rows : w->n_rows;
    int64_t together = w->nest->rank > 1 ? w->nest->dims[w->nest->rank - 2] : 1;
    while (row < end) {
        int64_t n_rows = together - row % together;
        if (n_rows > end - row)
            n_rows = end - row;
        run_tile(w, row, n_rows, column, n);
        row += n_rows;
    }
}

void oct_nest_run(const oct_nest *nest, void *const *operands, oct_pool *pool, int64_t cost, oct_tile_fn fn,
                  void *context)
{
    int64_t n_elems = oct_nest_elems(nest);
    if (n_elems == 0)
        return;
    int64_t n = nest->dims[nest->rank - 1];
    walk w = {nest, operands, fn, context, n_elems / n, n, n_elems / n, n};
    if (pool && cost > 0 && n_elems >= PARALLEL_FROM / cost) {
        int64_t block = (int64_t)oct_round_up((uint64_t)(BLOCK / cost) + 1, LINE);
        w.columns = n < 2 * block ? n : block;
        w.rows = n < block ? block / n : 1;
    }
    int64_t n_across = (n + w.columns - 1) / w.columns, n_down = (w.n_rows + w.rows - 1) / w.rows;
    oct_pool_run(pool, (size_t)(n_across * n_down), run_item, &w);
}
