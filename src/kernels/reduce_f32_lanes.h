/* reduce_f32_lanes.h: the float32 kernels of reduce.h, one body for all levels; the includer has included a lanes_*.h
 * and the functions v_* of math_f32_lanes.h, and defines REDUCE_RECORD and REDUCE_NAME. Vectors run in one of two directions:
 *
 *   across: LANES neighbouring results       vector k:  x_k of result 0 | x_k of result 1 | ...     a[0..7]: 8 vectors
 *   along:  a dense run of one result        vector i:  x_8i | x_8i+1 | ... | x_8i+7                a[0..7]: the lanes
 *
 * One lane goes across, one result at a time: that is the formula as reduce.h has it.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_REDUCE_F32_LANES_H
#define OCT_REDUCE_F32_LANES_H

#include <math.h>

#include "kernels/reduce.h"

/* Some neighbouring results. */
typedef struct column {
    const float *x;
    float *y;
    size_t n_lanes; /* <= LANES */
    const oct_axes *axes;
} column;

OCT_INLINE vf load(const float *p, size_t n_lanes)
{
    return n_lanes == LANES ? vf_load(p) : vf_load_part(p, n_lanes);
}

OCT_INLINE void store(float *p, vf v, size_t n_lanes)
{
    if (n_lanes == LANES)
        vf_store(p, v);
    else
        vf_store_part(p, v, n_lanes);
}

OCT_INLINE vf combine_sum(vf s, vf v) { return vf_add(s, v); }
OCT_INLINE vf combine_prod(vf s, vf v) { return vf_mul(s, v); }
OCT_INLINE vf combine_max(vf s, vf v) { return vf_select(vf_isnan(v), v, vf_max(v, s)); }
OCT_INLINE vf combine_min(vf s, vf v) { return vf_select(vf_isnan(v), v, vf_min(v, s)); }

#define FOLD(COMBINE)                                                  \
    static vf fold_##COMBINE(const vf a[8])                            \
    {                                                                  \
        vf t0 = combine_##COMBINE(a[0], a[4]), t1 = combine_##COMBINE(a[1], a[5]); \
        vf t2 = combine_##COMBINE(a[2], a[6]), t3 = combine_##COMBINE(a[3], a[7]); \
        return combine_##COMBINE(combine_##COMBINE(t0, t2), combine_##COMBINE(t1, t3)); \
    }
FOLD(sum)
FOLD(prod)
FOLD(max)
FOLD(min)

/* across_NAME: the formula with a[j] o f(x) = EXPR of s = a[j], v = x and c, a number per result (center, maximum). */
#define ACROSS(NAME, COMBINE, START, EXPR)                                        \
    static vf across_##NAME(const column *col, vf c)                              \
    {                                                                             \
        (void)c;                                                                  \
        const oct_axes *axes = col->axes;                                         \
        int64_t n = axes->dims[axes->rank - 1], step = axes->x[axes->rank - 1];   \
        int64_t n_elems = oct_axes_elems(axes), at, unused;                       \
        vf a[8];                                                                  \
        for (int j = 0; j < 8; j++)                                               \
            a[j] = vf_set(START);                                                 \
        for (int64_t first = 0; first < n_elems; first += n) {                    \
            oct_axes_locate(axes, first / n, &at, &unused);                       \
            const float *x = col->x + at;                                         \
            for (int64_t k = first; k < first + n; k++, x += step) {              \
                vf s = a[k & 7], v = load(x, col->n_lanes);                       \
                a[k & 7] = EXPR;                                                  \
            }                                                                     \
        }                                                                         \
        return fold_##COMBINE(a);                                                 \
    }

/* along_NAME: the same for one dense result, in all lanes. */
#if LANES == 8
#define ALONG(NAME, COMBINE, START, EXPR)                                         \
    static vf along_##NAME(const float *x, size_t n, vf c)                        \
    {                                                                             \
        (void)c;                                                                  \
        vf s = vf_set(START);                                                     \
        for (; n >= LANES; n -= LANES, x += LANES) {                              \
            vf v = vf_load(x);                                                    \
            s = EXPR;                                                             \
        }                                                                         \
        if (n > 0) {                                                              \
            vf v = vf_load_part(x, n);                                            \
            s = vf_select(vf_first_lanes(n), EXPR, s);                            \
        }                                                                         \
        s = combine_##COMBINE(s, vf_down4(s));                                    \
        s = combine_##COMBINE(s, vf_down2(s));                                    \
        return vf_spread0(combine_##COMBINE(s, vf_down1(s)));                     \
    }
#else
#define ALONG(NAME, COMBINE, START, EXPR)
#endif

#define REDUCTIONS(M)                                                             \
    M(sum, sum, 0.0f, vf_add(s, v))                                               \
    M(max, max, -INFINITY, combine_max(s, v))                                     \
    M(min, min, INFINITY, combine_min(s, v))                                      \
    M(prod, prod, 1.0f, vf_mul(s, v))                                             \
    M(sum_abs, sum, 0.0f, vf_add(s, vf_abs(v)))                                   \
    M(sum_square, sum, 0.0f, vf_fma(v, v, s))                                     \
    M(sum_exp, sum, 0.0f, vf_add(s, v_exp(vf_sub(v, c))))                         \
    M(sum_centered, sum, 0.0f, vf_fma(vf_sub(v, c), vf_sub(v, c), s))
REDUCTIONS(ACROSS)
REDUCTIONS(ALONG)

/* The maximum, or 0 if it is infinite: exp(x - m) is defined then. */
OCT_INLINE vf finite_or_zero(vf m)
{
    return vf_select(vf_lt(vf_abs(m), vf_set(INFINITY)), m, vf_select(vf_isnan(m), m, vf_set(0.0f)));
}

/* The formula behind each operation. */
#define FORMULAS(DIRECTION)                                                                                      \
    {                                                                                                            \
        [OCT_REDUCE_SUM] = DIRECTION##_sum, [OCT_REDUCE_MEAN] = DIRECTION##_sum,                                 \
        [OCT_REDUCE_MAX] = DIRECTION##_max, [OCT_REDUCE_MIN] = DIRECTION##_min,                                  \
        [OCT_REDUCE_PROD] = DIRECTION##_prod, [OCT_REDUCE_L1] = DIRECTION##_sum_abs,                             \
        [OCT_REDUCE_L2] = DIRECTION##_sum_square, [OCT_REDUCE_LOG_SUM] = DIRECTION##_sum,                        \
        [OCT_REDUCE_LOG_SUM_EXP] = DIRECTION##_sum_exp, [OCT_REDUCE_SUM_SQUARE] = DIRECTION##_sum_square,        \
        [OCT_REDUCE_VARIANCE] = DIRECTION##_sum_centered                                                         \
    }

/* The result from that of the formula. */
static vf finish(int op, vf s, vf c, vf n)
{
    switch (op) {
    case OCT_REDUCE_MEAN:
    case OCT_REDUCE_VARIANCE: return vf_div(s, n);
    case OCT_REDUCE_L2: return vf_sqrt(s);
    case OCT_REDUCE_LOG_SUM: return v_log(s);
    case OCT_REDUCE_LOG_SUM_EXP: return vf_add(v_log(s), c);
    default: return s;
    }
}

static vf reduce_across(int op, const column *col, vf c, vf n)
{
    static vf (*const formulas[OCT_REDUCE_N_OPS])(const column *, vf) = FORMULAS(across);
    if (op == OCT_REDUCE_LOG_SUM_EXP)
        c = finite_or_zero(across_max(col, c));
    return finish(op, formulas[op](col, c), c, n);
}

/* ---- softmax ---- */

/* y = e^(x - m), and the sum of all y */
static vf across_exponentials(const column *col, vf m)
{
    const oct_axes *axes = col->axes;
    int last = axes->rank - 1;
    int64_t n = axes->dims[last], n_elems = oct_axes_elems(axes), x_at, y_at;
    vf a[8];
    for (int j = 0; j < 8; j++)
        a[j] = vf_set(0.0f);
    for (int64_t first = 0; first < n_elems; first += n) {
        oct_axes_locate(axes, first / n, &x_at, &y_at);
        const float *x = col->x + x_at;
        float *y = col->y + y_at;
        for (int64_t k = first; k < first + n; k++, x += axes->x[last], y += axes->y[last]) {
            vf e = v_exp(vf_sub(load(x, col->n_lanes), m));
            store(y, e, col->n_lanes);
            a[k & 7] = vf_add(a[k & 7], e);
        }
    }
    return fold_sum(a);
}

/* LOG_SOFTMAX: y = (x - m) - log_s;  SOFTMAX: y = y / s */
static void across_finish(int op, const column *col, vf m, vf s)
{
    const oct_axes *axes = col->axes;
    int last = axes->rank - 1;
    int64_t n = axes->dims[last], n_elems = oct_axes_elems(axes), x_at, y_at;
    vf log_s = v_log(s);
    for (int64_t first = 0; first < n_elems; first += n) {
        oct_axes_locate(axes, first / n, &x_at, &y_at);
        const float *x = col->x + x_at;
        float *y = col->y + y_at;
        for (int64_t k = 0; k < n; k++, x += axes->x[last], y += axes->y[last]) {
            vf v = op == OCT_SOFTMAX ? vf_div(load(y, col->n_lanes), s)
                                     : vf_sub(vf_sub(load(x, col->n_lanes), m), log_s);
            store(y, v, col->n_lanes);
        }
    }
}

static void softmax_across(int op, const column *col)
{
    vf m = across_max(col, vf_set(0.0f));
    vf s = op == OCT_SOFTMAX ? across_exponentials(col, m) : across_sum_exp(col, m);
    across_finish(op, col, m, s);
}

#if LANES == 8
static vf reduce_along(int op, const float *x, int64_t count, vf c, vf n)
{
    static vf (*const formulas[OCT_REDUCE_N_OPS])(const float *, size_t, vf) = FORMULAS(along);
    if (op == OCT_REDUCE_LOG_SUM_EXP)
        c = finite_or_zero(along_max(x, (size_t)count, c));
    return finish(op, formulas[op](x, (size_t)count, c), c, n);
}

static vf along_exponentials(float *y, const float *x, size_t n, vf m)
{
    vf s = vf_set(0.0f);
    for (; n >= LANES; n -= LANES, x += LANES, y += LANES) {
        vf e = v_exp(vf_sub(vf_load(x), m));
        vf_store(y, e);
        s = vf_add(s, e);
    }
    if (n > 0) {
        vf e = v_exp(vf_sub(vf_load_part(x, n), m));
        vf_store_part(y, e, n);
        s = vf_select(vf_first_lanes(n), vf_add(s, e), s);
    }
    s = vf_add(s, vf_down4(s));
    s = vf_add(s, vf_down2(s));
    return vf_spread0(vf_add(s, vf_down1(s)));
}

static void softmax_along(int op, float *y, const float *x, size_t n)
{
    vf m = along_max(x, n, vf_set(0.0f));
    vf s = op == OCT_SOFTMAX ? along_exponentials(y, x, n, m) : along_sum_exp(x, n, m), log_s = v_log(s);
    for (size_t i = 0; i < n; i += LANES) {
        size_t n_lanes = n - i < LANES ? n - i : LANES;
        vf v = op == OCT_SOFTMAX ? vf_div(load(y + i, n_lanes), s) : vf_sub(vf_sub(load(x + i, n_lanes), m), log_s);
        store(y + i, v, n_lanes);
    }
}
#endif

/* ---- tiles ---- */

typedef enum direction { ACROSS_RESULTS, ALONG_RUN, ONE_BY_ONE } direction;

/* Neither direction dense: the one-lane kernel does it. */
static direction choose(const oct_reduce_args *a, int softmax)
{
    const oct_tile *t = a->tile;
    const oct_axes *axes = a->axes;
    int centered = !softmax && a->op == OCT_REDUCE_VARIANCE;
    int dense = t->stride[1] == 1 && t->stride[0] == 1 && (!centered || t->stride[2] == 1);
    if (LANES == 1 || (dense && 2 * t->n >= LANES))
        return ACROSS_RESULTS;
    if (axes->rank == 1 && axes->x[0] == 1 && (!softmax || axes->y[0] == 1))
        return ALONG_RUN;
    return dense ? ACROSS_RESULTS : ONE_BY_ONE;
}

/* Results j.. of row i of the tile, as many as a vector holds. */
static column column_at(const oct_reduce_args *a, size_t i, size_t j)
{
    const oct_tile *t = a->tile;
    const float *x = (const float *)t->base[1] + (int64_t)i * t->pitch[1] + (int64_t)j * t->stride[1];
    float *y = (float *)t->base[0] + (int64_t)i * t->pitch[0] + (int64_t)j * t->stride[0];
    return (column){x, y, t->n - j < LANES ? t->n - j : LANES, a->axes};
}

static const float *center_at(const oct_reduce_args *a, size_t i, size_t j)
{
    const oct_tile *t = a->tile;
    return (const float *)t->base[2] + (int64_t)i * t->pitch[2] + (int64_t)j * t->stride[2];
}

static void reduce(const oct_reduce_args *a)
{
    direction d = choose(a, 0);
#if LANES > 1
    if (d == ONE_BY_ONE) {
        oct_reduce_f32_ref.reduce(a);
        return;
    }
#endif
    int64_t count = oct_axes_elems(a->axes);
    vf n = vf_set((float)count), c = vf_set(0.0f);
    for (size_t i = 0; i < a->tile->rows; i++)
        for (size_t j = 0; j < a->tile->n; j += d == ALONG_RUN ? 1 : LANES) {
            column col = column_at(a, i, j);
            const float *center = a->op == OCT_REDUCE_VARIANCE ? center_at(a, i, j) : NULL;
#if LANES > 1
            if (d == ALONG_RUN) {
                c = vf_set(center ? *center : 0.0f);
                vf_store_part(col.y, reduce_along(a->op, col.x, count, c, n), 1);
                continue;
            }
#endif
            if (center)
                c = load(center, col.n_lanes);
            store(col.y, reduce_across(a->op, &col, c, n), col.n_lanes);
        }
}

static void softmax(const oct_reduce_args *a)
{
    direction d = choose(a, 1);
#if LANES > 1
    if (d == ONE_BY_ONE) {
        oct_reduce_f32_ref.softmax(a);
        return;
    }
#endif
    for (size_t i = 0; i < a->tile->rows; i++)
        for (size_t j = 0; j < a->tile->n; j += d == ALONG_RUN ? 1 : LANES) {
            column col = column_at(a, i, j);
#if LANES > 1
            if (d == ALONG_RUN) {
                softmax_along(a->op, col.y, col.x, (size_t)oct_axes_elems(a->axes));
                continue;
            }
#endif
            softmax_across(a->op, &col);
        }
}

const oct_reduce_f32 REDUCE_RECORD = {reduce, softmax, REDUCE_NAME};

#endif
