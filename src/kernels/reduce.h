/* reduce.h: sums and their relatives along axes, and the softmax family, in float32 and any layout. Called by
 * providers/float for Reduce*, Softmax, LogSoftmax and the statistics of normalizations.
 *
 * One result per kept index; its elements x_0 .. x_(n-1) are taken in row-major order of the reduced axes. Every sum,
 * maximum, ... of n elements is this one formula, at all levels, for all layouts and thread counts:
 *
 *   a[j] = start, for j in 0..7;    for k ascending: a[k mod 8] = a[k mod 8] o f(x_k)
 *   t[j] = a[j] o a[j+4], j in 0..3;    u[j] = t[j] o t[j+2], j in 0..1;    result = u[0] o u[1]
 *
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_REDUCE_H
#define OCT_REDUCE_H

#include <stdint.h>

#include <octet/octet.h>

#include "base/cpu.h"
#include "kernels/nest.h"

/* s is the result of the formula above. */
typedef enum oct_reduce_op {
    OCT_REDUCE_SUM,         /* f(x) = x, o is +, start 0 */
    OCT_REDUCE_MEAN,        /* s / n */
    OCT_REDUCE_MAX,         /* s o x = x > s || isnan(x) ? x : s, start -inf (integers: the lowest): a NaN wins */
    OCT_REDUCE_MIN,         /* the same with <, +inf */
    OCT_REDUCE_PROD,        /* o is *, start 1 */
    OCT_REDUCE_L1,          /* f(x) = |x| */
    OCT_REDUCE_L2,          /* sqrt(s), s as in SUM_SQUARE */
    OCT_REDUCE_LOG_SUM,     /* log(s) */
    OCT_REDUCE_LOG_SUM_EXP, /* log(s) + m with f(x) = exp(x - m), m the maximum, or 0 if that is not finite */
    OCT_REDUCE_SUM_SQUARE,  /* a[j] = fma(x, x, a[j]) */
    OCT_REDUCE_VARIANCE,    /* s / n, with d = x - c: a[j] = fma(d, d, a[j]); c: operand 2, one per result */
    OCT_REDUCE_N_OPS
} oct_reduce_op;

typedef enum oct_softmax_op {
    OCT_SOFTMAX,    /* e_k / s with e_k = exp(x_k - m), s the sum of e_k, m the maximum */
    OCT_LOG_SOFTMAX /* (x_k - m) - log(s) */
} oct_softmax_op;

/* The reduced axes, in logical order, outermost first, at least one; neighbours that lie behind one another are
 * merged. */
typedef struct oct_axes {
    int32_t rank, unused;
    int64_t dims[OCT_NEST_RANK];
    int64_t x[OCT_NEST_RANK]; /* strides of the input, elements */
    int64_t y[OCT_NEST_RANK]; /* strides of the output where it has these axes, else 0 */
} oct_axes;

/* Drops axes of length 1 and merges. */
void oct_axes_normalize(oct_axes *axes);
int64_t oct_axes_elems(const oct_axes *axes);
/* Offsets of the i-th run along the last axis (i counts the other axes row-major). */
void oct_axes_locate(const oct_axes *axes, int64_t i, int64_t *x, int64_t *y);

/* A tile's elements are results: operand 0 is y, 1 is x, both at index 0 of the reduced axes. */
typedef struct oct_reduce_args {
    const oct_tile *tile;
    const oct_axes *axes;
    int32_t op; /* oct_reduce_op or oct_softmax_op */
} oct_reduce_args;

typedef void (*oct_reduce_fn)(const oct_reduce_args *a);

/* float32. Softmax: y may be x if the strides agree. */
typedef struct oct_reduce_f32 {
    oct_reduce_fn reduce, softmax;
    const char *name;
} oct_reduce_f32;

const oct_reduce_f32 *oct_reduce_f32_select(oct_cpu_level level);
extern const oct_reduce_f32 oct_reduce_f32_ref, oct_reduce_f32_avx2;

/* Integers and bool (MAX, MIN only): exact modulo 2^n in any order, L2 = floor(sqrt), MEAN truncated (0 of nothing),
 * LOG_SUM and LOG_SUM_EXP the logarithm in float32, truncated. NULL for other types; VARIANCE is float32 only. */
oct_reduce_fn oct_reduce_typed_select(octet_dtype dtype);

#endif
