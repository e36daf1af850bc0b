/* Copies by table and gathers: plain C at every level, since they only move memory.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kernels/take.h"

#include <string.h>

#define ITEM_ELEMS (16 * 1024)

static void swap(int64_t *a, int64_t *b)
{
    int64_t t = *a;
    *a = *b;
    *b = t;
}

/* Whether axis i belongs outside axis j: larger stride first; of equal strides all but one have a single index. */
static bool outside(const oct_take *t, int i, int j)
{
    if (t->y_strides[i] != t->y_strides[j])
        return t->y_strides[i] > t->y_strides[j];
    return t->dims[i] < t->dims[j];
}

static void sort_axes(oct_take *t)
{
    for (int i = 1; i < t->rank; i++)
        for (int j = i; j > 0 && outside(t, j, j - 1); j--) {
            swap(&t->dims[j], &t->dims[j - 1]);
            swap(&t->y_strides[j], &t->y_strides[j - 1]);
            swap(&t->table_at[j], &t->table_at[j - 1]);
        }
}

void oct_take_init(oct_take *t, const int64_t *tables)
{
    sort_axes(t);
    int last = t->rank - 1;
    int64_t n = t->dims[last], n_rows = 1;
    const int64_t *table = tables + t->table_at[last];
    t->dense_rows = n > 0 && table[0] >= 0;
    for (int64_t i = 1; i < n; i++)
        t->dense_rows &= table[i] == table[i - 1] + 1;
    for (int a = 0; a < last; a++)
        n_rows *= t->dims[a];
    t->rows_per_item = n ? (ITEM_ELEMS + n - 1) / n : 1;
    t->n_items = n ? (n_rows + t->rows_per_item - 1) / t->rows_per_item : 0;
}

/* y[0..n) = x[table[i]] or fill; x_at < 0: all of it is fill. */
#define TAKE_ROW(bits)                                                                                     \
    static void take_row##bits(const oct_take_args *a, int64_t y_at, int64_t x_at, bool outside_x)         \
    {                                                                                                      \
        const oct_take *t = a->take;                                                                       \
        const int64_t *table = a->tables + t->table_at[t->rank - 1];                                       \
        uint##bits##_t *y = (uint##bits##_t *)a->y + y_at, fill = 0;                                       \
        const uint##bits##_t *x = a->x;                                                                    \
        if (a->fill)                                                                                       \
            memcpy(&fill, a->fill, sizeof fill);                                                           \
        for (int64_t i = 0; i < t->dims[t->rank - 1]; i++)                                                 \
            y[i] = outside_x || table[i] < 0 ? fill : x[x_at + table[i]];                                  \
    }
TAKE_ROW(8)
TAKE_ROW(16)
TAKE_ROW(32)
TAKE_ROW(64)

static void take_row(const oct_take_args *a, int64_t y_at, int64_t x_at, bool outside_x)
{
    const oct_take *t = a->take;
    size_t size = (size_t)t->elem_size;
    if (t->dense_rows && !outside_x) {
        x_at += a->tables[t->table_at[t->rank - 1]];
        memcpy((uint8_t *)a->y + (size_t)y_at * size, (const uint8_t *)a->x + (size_t)x_at * size,
               (size_t)t->dims[t->rank - 1] * size);
        return;
    }
    switch (t->elem_size) {
    case 1: take_row8(a, y_at, x_at, outside_x); break;
    case 2: take_row16(a, y_at, x_at, outside_x); break;
    case 4: take_row32(a, y_at, x_at, outside_x); break;
    default: take_row64(a, y_at, x_at, outside_x); break;
    }
}

void oct_take_run(const oct_take_args *a, size_t item)
{
    const oct_take *t = a->take;
    int64_t n_rows = 1, first = (int64_t)item * t->rows_per_item;
    for (int k = 0; k < t->rank - 1; k++)
        n_rows *= t->dims[k];
    for (int64_t row = first; row < n_rows && row < first + t->rows_per_item; row++) {
        int64_t rest = row, y_at = 0, x_at = 0;
        bool outside_x = false;
        for (int k = t->rank - 2; k >= 0; k--) {
            int64_t i = rest % t->dims[k], offset = a->tables[t->table_at[k] + i];
            rest /= t->dims[k];
            y_at += i * t->y_strides[k];
            x_at += offset;
            outside_x |= offset < 0;
        }
        take_row(a, y_at, x_at, outside_x);
    }
}

static int64_t get_index(const void *indices, int wide, int64_t i, int64_t dim)
{
    int64_t k = wide ? ((const int64_t *)indices)[i] : ((const int32_t *)indices)[i];
    k = k < 0 ? k + dim : k;
    return k < 0 ? 0 : k >= dim ? dim - 1 : k;
}

void oct_gather_run(const oct_gather *p, void *y, const void *x, const void *indices)
{
    size_t n = (size_t)p->inner_bytes;
    uint8_t *dst = y;
    for (int64_t o = 0; o < p->n_outer; o++)
        for (int64_t i = 0; i < p->n_indices; i++, dst += n) {
            int64_t k = get_index(indices, p->wide, i, p->dim);
            memcpy(dst, (const uint8_t *)x + (size_t)(o * p->dim + k) * n, n);
        }
}

void oct_gather_elements_run(const oct_gather_elements *p, void *y, const void *x, const void *indices)
{
    int64_t n = 1;
    for (int a = 0; a < p->rank; a++)
        n *= p->dims[a];
    for (int64_t i = 0; i < n; i++) {
        int64_t rest = i, at = 0;
        for (int a = p->rank - 1; a >= 0; a--) {
            int64_t k = rest % p->dims[a];
            rest /= p->dims[a];
            at += (a == p->axis ? get_index(indices, p->wide, i, p->x_dim) : k) * p->x_strides[a];
        }
        size_t size = (size_t)p->elem_size;
        memcpy((uint8_t *)y + (size_t)i * size, (const uint8_t *)x + (size_t)at * size, size);
    }
}
