/* Everything that sorts goes through one key: an int64 that orders like the element.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kernels/order.h"

#include <string.h>

typedef int64_t (*key_fn)(const void *p);

#define KEY(S, T, EXPR)                  \
    static int64_t key_##S(const void *p) \
    {                                    \
        T v;                             \
        memcpy(&v, p, sizeof v);         \
        return EXPR;                     \
    }

/* Negative floats order backwards by their bits; -0 is 0; all NaNs are one. */
static int64_t key_of_float(float v)
{
    int32_t bits;
    memcpy(&bits, &v, sizeof bits);
    if (v != v)
        return INT64_MAX;
    return bits < 0 ? -(int64_t)(bits & INT32_MAX) : bits;
}

KEY(f32, float, key_of_float(v))
KEY(u8, uint8_t, v)
KEY(u16, uint16_t, v)
KEY(u32, uint32_t, v)
KEY(u64, uint64_t, (int64_t)(v ^ 0x8000000000000000u))
KEY(i8, int8_t, v)
KEY(i16, int16_t, v)
KEY(i32, int32_t, v)
KEY(i64, int64_t, v)

static key_fn select_key(octet_dtype dtype)
{
    switch (dtype) {
    case OCTET_F32: return key_f32;
    case OCTET_U8:
    case OCTET_BOOL: return key_u8;
    case OCTET_U16: return key_u16;
    case OCTET_U32: return key_u32;
    case OCTET_U64: return key_u64;
    case OCTET_I8: return key_i8;
    case OCTET_I16: return key_i16;
    case OCTET_I32: return key_i32;
    case OCTET_I64: return key_i64;
    default: return NULL;
    }
}

int oct_order_takes(octet_dtype dtype)
{
    return select_key(dtype) != NULL;
}

/* The elements beside one position of the tile. */
typedef struct lane {
    const char *x; /* index 0 of the axes */
    char *y, *z;
    key_fn key;
    size_t size; /* of an element of x */
} lane;

/* Smaller means better: the key turned round where the greatest is wanted. */
static int64_t rank_of(const lane *l, const void *p, int32_t op)
{
    int64_t key = l->key(p);
    if (op == OCT_ORDER_ARG_MIN && key == INT64_MAX && l->key == key_f32)
        return INT64_MIN;
    return op == OCT_ORDER_ARG_MIN || op == OCT_ORDER_TOPK_SMALLEST ? key : ~key;
}

static const char *element(const lane *l, const oct_axes *axes, int64_t i)
{
    int last = axes->rank - 1;
    int64_t x, y, n = axes->dims[last];
    oct_axes_locate(axes, i / n, &x, &y);
    return l->x + (x + i % n * axes->x[last]) * (int64_t)l->size;
}

static int64_t find_best(const lane *l, const oct_order_args *a)
{
    int64_t n = oct_axes_elems(a->axes), best = 0, best_rank = 0;
    for (int64_t i = 0; i < n; i++) {
        int64_t rank = rank_of(l, element(l, a->axes, i), a->op);
        if (i == 0 || rank < best_rank || (rank == best_rank && a->last_index)) {
            best = i;
            best_rank = rank;
        }
    }
    return best;
}

static void arg_best(const lane *l, const oct_order_args *a)
{
    int64_t best = find_best(l, a);
    memcpy(l->y, &best, sizeof best);
}

static void hardmax(const lane *l, const oct_order_args *a)
{
    const oct_axes *axes = a->axes;
    int last = axes->rank - 1;
    int64_t n = axes->dims[last], n_elems = oct_axes_elems(axes), best = n_elems ? find_best(l, a) : 0, x, y;
    for (int64_t i = 0; i < n_elems; i++) {
        oct_axes_locate(axes, i / n, &x, &y);
        ((float *)l->y)[y + i % n * axes->y[last]] = i == best ? 1.0f : 0.0f;
    }
}

/* ---- TopK: a heap of the k best so far, its worst on top, right in the output ---- */

typedef struct heap {
    const lane *l;
    const oct_order_args *a;
} heap;

static char *value_at(const heap *h, int64_t i)
{
    return h->l->y + i * h->a->axes->y[0] * (int64_t)h->l->size;
}

static int64_t *index_at(const heap *h, int64_t i)
{
    return (int64_t *)(void *)h->l->z + i * h->a->z_stride;
}

/* Does slot i hold a worse element than slot j? */
static int worse(const heap *h, int64_t i, int64_t j)
{
    int64_t a = rank_of(h->l, value_at(h, i), h->a->op), b = rank_of(h->l, value_at(h, j), h->a->op);
    return a != b ? a > b : *index_at(h, i) > *index_at(h, j);
}

static void swap(const heap *h, int64_t i, int64_t j)
{
    char value[sizeof(int64_t)];
    int64_t index = *index_at(h, i);
    memcpy(value, value_at(h, i), h->l->size);
    memcpy(value_at(h, i), value_at(h, j), h->l->size);
    memcpy(value_at(h, j), value, h->l->size);
    *index_at(h, i) = *index_at(h, j);
    *index_at(h, j) = index;
}

static void sift_down(const heap *h, int64_t i, int64_t n)
{
    for (;;) {
        int64_t child = 2 * i + 1;
        if (child >= n)
            return;
        if (child + 1 < n && worse(h, child + 1, child))
            child++;
        if (!worse(h, child, i))
            return;
        swap(h, i, child);
        i = child;
    }
}

static void top_k(const lane *l, const oct_order_args *a)
{
    const heap h = {l, a};
    int64_t k = a->k, n = oct_axes_elems(a->axes);
    if (k == 0)
        return;
    for (int64_t i = 0; i < k; i++) {
        memcpy(value_at(&h, i), element(l, a->axes, i), l->size);
        *index_at(&h, i) = i;
    }
    for (int64_t i = k / 2; i-- > 0;)
        sift_down(&h, i, k);
    for (int64_t i = k; i < n; i++) {
        const char *x = element(l, a->axes, i);
        if (rank_of(l, x, a->op) >= rank_of(l, value_at(&h, 0), a->op)) /* an equal one has the lower index */
            continue;
        memcpy(value_at(&h, 0), x, l->size);
        *index_at(&h, 0) = i;
        sift_down(&h, 0, k);
    }
    for (int64_t i = k - 1; i > 0; i--) { /* heap sort: the worst goes last */
        swap(&h, 0, i);
        sift_down(&h, 0, i);
    }
}

static void run_lane(const lane *l, const oct_order_args *a)
{
    switch (a->op) {
    case OCT_ORDER_HARDMAX: hardmax(l, a); break;
    case OCT_ORDER_TOPK_LARGEST:
    case OCT_ORDER_TOPK_SMALLEST: top_k(l, a); break;
    default: arg_best(l, a); break;
    }
}

void oct_order_run(const oct_order_args *a)
{
    const oct_tile *t = a->tile;
    lane l = {.key = select_key(a->dtype), .size = octet_dtype_size(a->dtype)};
    int is_topk = a->op == OCT_ORDER_TOPK_LARGEST || a->op == OCT_ORDER_TOPK_SMALLEST;
    size_t y_size = is_topk ? l.size : a->op == OCT_ORDER_HARDMAX ? sizeof(float) : sizeof(int64_t);
    for (int64_t i = 0; i < (int64_t)t->rows; i++)
        for (int64_t j = 0; j < (int64_t)t->n; j++) {
            l.y = (char *)t->base[0] + (i * t->pitch[0] + j * t->stride[0]) * (int64_t)y_size;
            l.x = (const char *)t->base[1] + (i * t->pitch[1] + j * t->stride[1]) * (int64_t)l.size;
            l.z = is_topk ? (char *)t->base[2] + (i * t->pitch[2] + j * t->stride[2]) * (int64_t)sizeof(int64_t) : NULL;
            run_lane(&l, a);
        }
}
