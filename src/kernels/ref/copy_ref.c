/* Strided copies, level ref: rows by memcpy, planes in 8 x 8 blocks, the rest element by element.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kernels/copy.h"

#include <string.h>

/* n elements, ds and ss elements apart. */
#define LINE(bits)                                                                                        \
    static void line##bits(uint##bits##_t *dst, int64_t ds, const uint##bits##_t *src, int64_t ss, int64_t n) \
    {                                                                                                     \
        for (int64_t i = 0; i < n; i++)                                                                   \
            dst[i * ds] = src[i * ss];                                                                    \
    }
LINE(8)
LINE(16)
LINE(32)
LINE(64)

static void copy_line(int elem_size, void *dst, int64_t ds, const void *src, int64_t ss, int64_t n)
{
    switch (elem_size) {
    case 1: line8(dst, ds, src, ss, n); break;
    case 2: line16(dst, ds, src, ss, n); break;
    case 4: line32(dst, ds, src, ss, n); break;
    default: line64(dst, ds, src, ss, n); break;
    }
}

/* dst[r*ds + k] = src[r + k*ss]: blocks of 8 x 8 use every cache line they touch at once. */
#define PLANE(bits)                                                                                          \
    static void plane##bits(uint##bits##_t *dst, int64_t ds, const uint##bits##_t *src, int64_t ss, int64_t rows, \
                            int64_t n)                                                                       \
    {                                                                                                        \
        for (int64_t k0 = 0; k0 < n; k0 += 8)                                                                \
            for (int64_t r = 0; r < rows; r++)                                                               \
                for (int64_t k = k0; k < n && k < k0 + 8; k++)                                               \
                    dst[r * ds + k] = src[r + k * ss];                                                       \
    }
PLANE(8)
PLANE(16)
PLANE(32)
PLANE(64)

static void copy_strip(const oct_copy *c, uint8_t *dst, const uint8_t *src, size_t item)
{
    oct_copy_strip s = oct_copy_get_strip(c, item);
    int n_axes = c->nd.rank, size = c->elem_size;
    int64_t ds = c->nd.strides[0][n_axes - 2], ss = c->nd.strides[1][n_axes - 1], n = c->nd.dims[n_axes - 1];
    void *d = dst + s.at[0] * size;
    const void *x = src + s.at[1] * size;
    switch (size) {
    case 1: plane8(d, ds, x, ss, s.n_rows, n); break;
    case 2: plane16(d, ds, x, ss, s.n_rows, n); break;
    case 4: plane32(d, ds, x, ss, s.n_rows, n); break;
    default: plane64(d, ds, x, ss, s.n_rows, n); break;
    }
}

/* Elements first .. first+n of the row at `at`. */
static void copy_row(const oct_copy *c, uint8_t *dst, const uint8_t *src, const int64_t *at, int64_t first, int64_t n)
{
    int last = c->nd.rank - 1, size = c->elem_size;
    int64_t ds = c->nd.strides[0][last], ss = c->nd.strides[1][last];
    uint8_t *d = dst + (at[0] + first * ds) * size;
    const uint8_t *s = src + (at[1] + first * ss) * size;
    if (c->method == OCT_COPY_ROWS)
        memcpy(d, s, (size_t)(n * size));
    else
        copy_line(size, d, ds, s, ss, n);
}

static void copy_piece(const oct_copy *c, void *dst, const void *src, int64_t row, int64_t piece)
{
    int last = c->nd.rank - 1;
    int64_t n = c->nd.dims[last], first = n * piece / c->pieces, end = n * (piece + 1) / c->pieces;
    int64_t at[OCT_ND_MAX_ARRAYS];
    oct_nd_seek(&c->nd, last, row, at);
    copy_row(c, dst, src, at, first, end - first);
}

static void copy_rows(const oct_copy *c, void *dst, const void *src, size_t item)
{
    int last = c->nd.rank - 1;
    int64_t row = (int64_t)item * c->rows_per_item, left = oct_nd_count(&c->nd, last) - row;
    int64_t n_rows = left < c->rows_per_item ? left : c->rows_per_item;
    oct_nd_walk w;
    oct_nd_walk_init(&w, &c->nd, last, row);
    for (int64_t i = 0; i < n_rows; i++, oct_nd_walk_next(&w))
        copy_row(c, dst, src, w.at, 0, c->nd.dims[last]);
}

void oct_copy_ref(const oct_copy *c, void *dst, const void *src, size_t item)
{
    if (c->method == OCT_COPY_PLANES)
        copy_strip(c, dst, src, item);
    else if (c->pieces > 1)
        copy_piece(c, dst, src, (int64_t)item / c->pieces, (int64_t)item % c->pieces);
    else
        copy_rows(c, dst, src, item);
}
