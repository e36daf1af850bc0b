/* Reductions of integers and bool: one loop over 64-bit values for all types and operations.
 * SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "kernels/math_f32.h"
#include "kernels/reduce.h"

/* A 64-bit pattern; is it to be read as signed? */
typedef uint64_t (*load_fn)(const void *base, int64_t i);
typedef void (*store_fn)(void *base, int64_t i, uint64_t v);

#define TYPE(S, T)                                                                                     \
    static uint64_t load_##S(const void *base, int64_t i) { return (uint64_t)((const T *)base)[i]; }   \
    static void store_##S(void *base, int64_t i, uint64_t v) { ((T *)base)[i] = (T)v; }
TYPE(u8, uint8_t)
TYPE(u16, uint16_t)
TYPE(u32, uint32_t)
TYPE(u64, uint64_t)
TYPE(i8, int8_t)
TYPE(i16, int16_t)
TYPE(i32, int32_t)
TYPE(i64, int64_t)

typedef struct type {
    load_fn load;
    store_fn store;
    int is_signed;
    uint64_t lowest, highest;
} type;

static int below(const type *t, uint64_t a, uint64_t b)
{
    return t->is_signed ? (int64_t)a < (int64_t)b : a < b;
}

static double as_double(const type *t, uint64_t v)
{
    return t->is_signed ? (double)(int64_t)v : (double)v;
}

static uint64_t from_double(const type *t, double v)
{
    if (!(v > as_double(t, t->lowest)))
        return v != v ? 0 : t->lowest;
    if (v >= as_double(t, t->highest))
        return t->highest;
    return t->is_signed ? (uint64_t)(int64_t)v : (uint64_t)v;
}

/* floor(sqrt(v)): the double is off by less than one */
static uint64_t square_root(uint64_t v)
{
    uint64_t r = (uint64_t)sqrt((double)v);
    while (r > UINT32_MAX || r * r > v)
        r--;
    while (r < UINT32_MAX && (r + 1) * (r + 1) <= v)
        r++;
    return r;
}

static uint64_t start_of(const type *t, int op)
{
    if (op == OCT_REDUCE_MAX)
        return t->lowest;
    return op == OCT_REDUCE_MIN ? t->highest : op == OCT_REDUCE_PROD;
}

static uint64_t add(const type *t, int op, uint64_t s, uint64_t v)
{
    switch (op) {
    case OCT_REDUCE_MAX: return below(t, s, v) ? v : s;
    case OCT_REDUCE_MIN: return below(t, v, s) ? v : s;
    case OCT_REDUCE_PROD: return s * v;
    case OCT_REDUCE_L1: return s + (t->is_signed && (int64_t)v < 0 ? 0 - v : v);
    case OCT_REDUCE_L2:
    case OCT_REDUCE_SUM_SQUARE: return s + v * v;
    default: return s + v;
    }
}

static uint64_t divide(const type *t, uint64_t s, int64_t n)
{
    if (n == 0)
        return 0;
    return t->is_signed ? (uint64_t)((int64_t)s / n) : s / (uint64_t)n;
}

static uint64_t finish(const type *t, int op, uint64_t s, int64_t n)
{
    switch (op) {
    case OCT_REDUCE_MEAN: return divide(t, s, n);
    case OCT_REDUCE_L2: return square_root(s);
    case OCT_REDUCE_LOG_SUM: return from_double(t, oct_log_f32((float)as_double(t, s)));
    default: return s;
    }
}

static int64_t offset_of(const oct_axes *axes, int64_t i)
{
    int last = axes->rank - 1;
    int64_t x, y;
    oct_axes_locate(axes, i / axes->dims[last], &x, &y);
    return x + i % axes->dims[last] * axes->x[last];
}

static uint64_t reduce_at(const type *t, const oct_reduce_args *a, const void *x, int64_t at)
{
    int64_t n = oct_axes_elems(a->axes);
    uint64_t s = start_of(t, a->op);
    for (int64_t k = 0; k < n; k++)
        s = add(t, a->op, s, t->load(x, at + offset_of(a->axes, k)));
    return finish(t, a->op, s, n);
}

/* log(sum e^x) in float32; the sum in ascending order */
static uint64_t log_sum_exp_at(const type *t, const oct_reduce_args *a, const void *x, int64_t at)
{
    int64_t n = oct_axes_elems(a->axes);
    uint64_t top = t->lowest;
    for (int64_t k = 0; k < n; k++)
        top = add(t, OCT_REDUCE_MAX, top, t->load(x, at + offset_of(a->axes, k)));
    double m = n ? as_double(t, top) : 0;
    float s = 0;
    for (int64_t k = 0; k < n; k++)
        s += oct_exp_f32((float)(as_double(t, t->load(x, at + offset_of(a->axes, k))) - m));
    return from_double(t, m + (double)oct_log_f32(s));
}

static void reduce_tile(const type *t, const oct_reduce_args *a)
{
    const oct_tile *tile = a->tile;
    for (int64_t i = 0; i < (int64_t)tile->rows; i++)
        for (int64_t j = 0; j < (int64_t)tile->n; j++) {
            int64_t x = i * tile->pitch[1] + j * tile->stride[1], y = i * tile->pitch[0] + j * tile->stride[0];
            uint64_t v = a->op == OCT_REDUCE_LOG_SUM_EXP ? log_sum_exp_at(t, a, tile->base[1], x)
                                                         : reduce_at(t, a, tile->base[1], x);
            t->store(tile->base[0], y, v);
        }
}

#define REDUCE(S, IS_SIGNED, LOWEST, HIGHEST)                                                        \
    static void reduce_##S(const oct_reduce_args *a)                                                 \
    {                                                                                                \
        static const type t = {load_##S, store_##S, IS_SIGNED, (uint64_t)(LOWEST), (uint64_t)(HIGHEST)}; \
        reduce_tile(&t, a);                                                                          \
    }
REDUCE(u8, 0, 0, UINT8_MAX)
REDUCE(u16, 0, 0, UINT16_MAX)
REDUCE(u32, 0, 0, UINT32_MAX)
REDUCE(u64, 0, 0, UINT64_MAX)
REDUCE(i8, 1, INT8_MIN, INT8_MAX)
REDUCE(i16, 1, INT16_MIN, INT16_MAX)
REDUCE(i32, 1, INT32_MIN, INT32_MAX)
REDUCE(i64, 1, INT64_MIN, INT64_MAX)

static void reduce_bool(const oct_reduce_args *a)
{
    static const type t = {load_u8, store_u8, 0, 0, 1};
    reduce_tile(&t, a);
}

oct_reduce_fn oct_reduce_typed_select(octet_dtype dtype)
{
    switch (dtype) {
    case OCTET_U8: return reduce_u8;
    case OCTET_U16: return reduce_u16;
    case OCTET_U32: return reduce_u32;
    case OCTET_U64: return reduce_u64;
    case OCTET_I8: return reduce_i8;
    case OCTET_I16: return reduce_i16;
    case OCTET_I32: return reduce_i32;
    case OCTET_I64: return reduce_i64;
    case OCTET_BOOL: return reduce_bool;
    default: return NULL;
    }
}
