/* Strided copies: choice of method, cutting into items, ladder.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/compiler.h"
#include "kernels/copy.h"

#define ITEM_BYTES (128 * 1024) /* worth waking a thread for: some 10 us of copying */

/* The axis (not the last) that src walks element by element; -1: none. */
static int find_plane_axis(const oct_nd *nd)
{
    if (nd->strides[0][nd->rank - 1] == 1)
        for (int i = nd->rank - 2; i >= 0; i--)
            if (nd->strides[1][i] == 1)
                return i;
    return -1;
}

static void choose_method(oct_copy *c)
{
    oct_nd *nd = &c->nd;
    int last = nd->rank - 1;
    if (nd->strides[0][last] == 1 && nd->strides[1][last] == 1) {
        c->method = OCT_COPY_ROWS;
        return;
    }
    int plane = find_plane_axis(nd);
    c->method = plane >= 0 ? OCT_COPY_PLANES : OCT_COPY_ELEMENTS;
    if (plane >= 0)
        oct_nd_move_to_second_last(nd, plane);
}

/* Strips of whole 8-row blocks. */
static oct_nd_cut cut_planes(const oct_nd *nd, int64_t row_bytes)
{
    oct_nd_cut cut = {.rows_per_item = oct_ceil_div(oct_ceil_div(ITEM_BYTES, row_bytes), 8) * 8, .pieces = 1};
    cut.n_items = oct_nd_count(nd, nd->rank - 2) * oct_ceil_div(nd->dims[nd->rank - 2], cut.rows_per_item);
    return cut;
}

void oct_copy_init(oct_copy *c, int elem_size)
{
    c->nd.n_arrays = 2;
    c->elem_size = elem_size;
    oct_nd_normalize(&c->nd);
    choose_method(c);
    if (c->method == OCT_COPY_PLANES)
        c->cut = cut_planes(&c->nd, c->nd.dims[c->nd.rank - 1] * elem_size);
    else
        c->cut = oct_nd_make_cut(&c->nd, ITEM_BYTES / elem_size);
}

oct_copy_strip oct_copy_get_strip(const oct_copy *c, size_t item)
{
    const oct_nd *nd = &c->nd;
    int axis = nd->rank - 2;
    int64_t strips = oct_ceil_div(nd->dims[axis], c->cut.rows_per_item);
    int64_t first = (int64_t)item % strips * c->cut.rows_per_item;
    oct_copy_strip strip;
    oct_nd_seek(nd, axis, (int64_t)item / strips, strip.at);
    for (int a = 0; a < OCT_ND_MAX_ARRAYS; a++)
        strip.at[a] += first * nd->strides[a][axis];
    strip.n_rows = nd->dims[axis] - first < c->cut.rows_per_item ? nd->dims[axis] - first : c->cut.rows_per_item;
    return strip;
}

const char *oct_copy_describe(const oct_copy *c)
{
    return c->method == OCT_COPY_ROWS ? "rows" : c->method == OCT_COPY_PLANES ? "transpose" : "strided";
}

oct_copy_fn oct_copy_select(oct_cpu_level level)
{
#if defined(__x86_64__)
    if (level >= OCT_CPU_AVX2)
        return oct_copy_avx2;
#endif
    (void)level;
    return oct_copy_ref;
}
