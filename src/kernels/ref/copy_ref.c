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

typedef struct rows {
    const oct_copy *copy;
    uint8_t *dst;
    const uint8_t *src;
} rows;

static void copy_row(void *context, const int64_t at[OCT_ND_MAX_ARRAYS], int64_t n)
{
    const rows *r = context;
    const oct_nd *nd = &r->copy->nd;
    int size = r->copy->elem_size, last = nd->rank - 1;
    uint8_t *dst = r->dst + at[0] * size;
    const uint8_t *src = r->src + at[1] * size;
    if (r->copy->method == OCT_COPY_ROWS)
        memcpy(dst, src, (size_t)(n * size));
    else
        copy_line(size, dst, nd->strides[0][last], src, nd->strides[1][last], n);
}

void oct_copy_ref(const oct_copy *c, void *dst, const void *src, size_t item)
{
    rows r = {c, dst, src};
    if (c->method == OCT_COPY_PLANES)
        copy_strip(c, dst, src, item);
    else
        oct_nd_run(&c->nd, &c->cut, item, copy_row, &r);
}
