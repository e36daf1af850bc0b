/* map_f32_lanes.h: the float32 operations of map.h, one body for all levels; the includer has included a lanes_*.h and
 * the functions v_* of math_f32_lanes.h, and defines MAP_TABLE, the name of its table.
 *
 * A row function sees each input as a pointer that moves `step` floats from one vector to the next: LANES along dense
 * memory, 0 for an input that is one number, repeated in a buffer. Other strides are gathered into buffers first.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_MAP_F32_LANES_H
#define OCT_MAP_F32_LANES_H

#include <math.h>
#include <string.h>

#include "kernels/map.h"

#define MAX_IN (OCT_NEST_OPERANDS - 1)
#define GATHER 64  /* floats gathered at a time */
#define REPEAT 512 /* floats of a buffer in which short rows are repeated */

typedef struct input {
    const float *p;
    ptrdiff_t step;
} input;

typedef void (*row_fn)(float *y, const input *in, size_t n, float alpha, float beta);

/* n is a multiple of LANES. Inputs that the operation does not have must point to LANES floats that can be read, with
 * step 0. */
#define ROW(NAME, N_IN, EXPR)                                                                                     \
    static void row_##NAME(float *y, const input *in, size_t n, float alpha_, float beta_)                        \
    {                                                                                                             \
        const vf alpha = vf_set(alpha_), beta = vf_set(beta_);                                                    \
        (void)alpha;                                                                                              \
        (void)beta;                                                                                               \
        const float *pa = in[0].p, *pb = in[1].p, *pc = in[2].p, *pd = in[3].p, *pe = in[4].p;                    \
        for (; n > 0; n -= LANES, y += LANES) {                                                                   \
            vf a = vf_load(pa), b = N_IN > 1 ? vf_load(pb) : a, c = N_IN > 2 ? vf_load(pc) : a;                   \
            vf d = N_IN > 3 ? vf_load(pd) : a, e = N_IN > 4 ? vf_load(pe) : a;                                    \
            (void)b, (void)c, (void)d, (void)e;                                                                   \
            vf_store(y, EXPR);                                                                                    \
            pa += in[0].step, pb += in[1].step, pc += in[2].step, pd += in[3].step, pe += in[4].step;             \
        }                                                                                                         \
    }

#define ZERO vf_set(0.0f)
#define ONE vf_set(1.0f)

OCT_INLINE vf clamp(vf v, vf lo, vf hi)
{
    v = vf_max(lo, v);
    return vf_min(hi, v);
}

OCT_INLINE vf sign(vf a)
{
    vf nonzero = vf_copysign(ONE, a);
    return vf_select(vf_gt(vf_abs(a), ZERO), nonzero, vf_select(vf_isnan(a), a, ZERO));
}

OCT_INLINE vf hard_sigmoid(vf a, vf alpha, vf beta)
{
    return clamp(vf_add(vf_mul(alpha, a), beta), ZERO, ONE);
}

/* fmod is exact, so libm's is as good as any; lane by lane */
OCT_INLINE vf remainder_of(vf a, vf b)
{
    float x[LANES], y[LANES];
    vf_store(x, a);
    vf_store(y, b);
    for (int i = 0; i < LANES; i++)
        x[i] = fmodf(x[i], y[i]);
    return vf_load(x);
}

/* r = fmod(a, b), moved by b where its sign is not that of b */
OCT_INLINE vf modulo(vf a, vf b)
{
    vf r = remainder_of(a, b), side = vf_mul(vf_copysign(ONE, r), vf_copysign(ONE, b));
    vf moved = vf_select(vf_lt(side, ZERO), vf_add(r, b), r);
    return vf_select(vf_gt(vf_abs(r), ZERO), moved, vf_copysign(r, b));
}

ROW(copy, 1, a)
ROW(abs, 1, vf_abs(a))
ROW(neg, 1, vf_neg(a))
ROW(sign, 1, sign(a))
ROW(relu, 1, vf_max(ZERO, a))
ROW(leaky_relu, 1, vf_select(vf_lt(a, ZERO), vf_mul(alpha, a), a))
ROW(thresholded_relu, 1, vf_select(vf_gt(a, alpha), a, ZERO))
ROW(hard_sigmoid, 1, hard_sigmoid(a, alpha, beta))
ROW(hard_swish, 1, vf_mul(a, hard_sigmoid(a, vf_set(1.0f / 6.0f), vf_set(0.5f))))
ROW(sigmoid, 1, v_sigmoid(a))
ROW(tanh, 1, v_tanh(a))
ROW(exp, 1, v_exp(a))
ROW(log, 1, v_log(a))
ROW(erf, 1, v_erf(a))
ROW(gelu, 1, v_gelu(a))
ROW(gelu_tanh, 1, v_gelu_tanh(a))
ROW(softplus, 1, v_softplus(a))
ROW(softsign, 1, vf_div(a, vf_add(ONE, vf_abs(a))))
ROW(mish, 1, v_mish(a))
ROW(elu, 1, v_elu(a, alpha))
ROW(selu, 1, v_selu(a, alpha, beta))
ROW(celu, 1, v_celu(a, alpha))
ROW(sqrt, 1, vf_sqrt(a))
ROW(reciprocal, 1, vf_div(ONE, a))
ROW(floor, 1, vf_floor(a))
ROW(ceil, 1, vf_ceil(a))
ROW(round, 1, vf_round(a))
ROW(inverse_deviation, 1, vf_div(ONE, vf_sqrt(vf_add(a, alpha))))
ROW(add, 2, vf_add(a, b))
ROW(sub, 2, vf_sub(a, b))
ROW(mul, 2, vf_mul(a, b))
ROW(div, 2, vf_div(a, b))
ROW(div_or_zero, 2, vf_select(vf_gt(vf_abs(b), ZERO), vf_div(a, b), vf_select(vf_isnan(b), b, ZERO)))
ROW(min, 2, vf_select(vf_isnan(a), a, vf_min(a, b)))
ROW(max, 2, vf_select(vf_isnan(a), a, vf_max(a, b)))
ROW(general_pow, 2, v_pow(a, b))
ROW(square, 1, vf_mul(a, a))
ROW(mod, 2, modulo(a, b))
ROW(fmod, 2, remainder_of(a, b))
ROW(prelu, 2, vf_select(vf_lt(a, ZERO), vf_mul(b, a), a))
ROW(clip, 3, clamp(a, b, c))
ROW(normalize, 5, vf_add(vf_mul(vf_mul(vf_sub(a, b), c), d), e))

/* A square is worth its own loop; the results are those of v_pow. */
static void row_pow(float *y, const input *in, size_t n, float alpha, float beta)
{
    row_fn row = in[1].step == 0 && *in[1].p == 2.0f ? row_square : row_general_pow;
    row(y, in, n, alpha, beta);
}

/* ---- from tiles to rows ---- */

static void gather(float *to, const float *from, int64_t stride, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = from[(int64_t)i * stride];
}

/* Element `first` on of a row, n of them, as the row functions want it; `buffer` holds GATHER floats. */
static input open_input(const float *row, int64_t stride, size_t first, size_t n, float *buffer)
{
    if (LANES == 1)
        return (input){row + (int64_t)first * stride, (ptrdiff_t)stride};
    if (stride == 1)
        return (input){row + first, LANES};
    gather(buffer, row + (int64_t)first * stride, stride, stride == 0 ? LANES : n);
    return (input){buffer, stride == 0 ? 0 : LANES};
}

/* n elements, of which the last few go through buffers: every row function has its loop once. */
static void run_row(const oct_map_args *a, row_fn row, float *y, const input *in, int n_in, size_t n)
{
    const size_t rest = n % LANES, whole = n - rest;
    float buffers[MAX_IN][LANES] = {{0}}, last[LANES];
    input tail[MAX_IN];
    row(y, in, whole, a->alpha, a->beta);
    if (rest == 0)
        return;
    for (int k = 0; k < MAX_IN; k++) {
        tail[k] = in[k];
        if (k < n_in && in[k].step != 0) {
            memcpy(buffers[k], in[k].p + whole, rest * sizeof(float));
            tail[k].p = buffers[k];
        }
    }
    row(last, tail, LANES, a->alpha, a->beta);
    memcpy(y + whole, last, rest * sizeof(float));
}

/* Are all rows of the inputs dense or one number? Then a row need not be cut. */
static int streams(const oct_tile *t, int n_in)
{
    for (int k = 1; k <= n_in; k++)
        if (t->stride[k] != 0 && t->stride[k] != 1)
            return LANES == 1;
    return 1;
}

/* Elements first .. first+n of row i. */
static void run_piece(const oct_map_args *a, int n_in, row_fn row, size_t i, size_t first, size_t n)
{
    const oct_tile *t = a->tile;
    float buffers[MAX_IN][GATHER];
    input in[MAX_IN];
    for (int k = 0; k < n_in; k++) {
        const float *x = (const float *)t->base[k + 1] + (int64_t)i * t->pitch[k + 1];
        in[k] = open_input(x, t->stride[k + 1], first, n, buffers[k]);
    }
    for (int k = n_in; k < MAX_IN; k++)
        in[k] = (input){in[0].p, 0};
    run_row(a, row, (float *)t->base[0] + (int64_t)i * t->pitch[0] + first, in, n_in, n);
}

/* Short rows one behind the other, with inputs that go on in the same way or say the same for every row: together they
 * are long rows. (A few channels per pixel and a number per channel.) */
static int repeats(const oct_tile *t, int n_in)
{
    int64_t n = (int64_t)t->n;
    if (LANES == 1 || t->n > REPEAT / 8 || t->rows < 8 || t->pitch[0] != n)
        return 0;
    for (int k = 1; k <= n_in; k++)
        if (t->pitch[k] != 0 && (t->pitch[k] != n || t->stride[k] != 1))
            return 0;
    return 1;
}

/* Input k from row i on; what is the same for every row lies repeated in `buffer`. */
static input open_repeated(const oct_tile *t, int k, size_t i, const float *buffer)
{
    const float *x = t->base[k + 1];
    return (input){t->pitch[k + 1] == 0 ? buffer : x + i * t->n, LANES};
}

/* As many rows at a time as fit a buffer. */
static void run_repeated(const oct_map_args *a, int n_in, row_fn row)
{
    const oct_tile *t = a->tile;
    float buffers[MAX_IN][REPEAT];
    input in[MAX_IN];
    size_t n_rows = REPEAT / t->n < t->rows ? REPEAT / t->n : t->rows;
    for (int k = 0; k < n_in; k++)
        for (size_t r = 0; r < n_rows && t->pitch[k + 1] == 0; r++)
            gather(buffers[k] + r * t->n, t->base[k + 1], t->stride[k + 1], t->n);
    for (size_t i = 0; i < t->rows; i += n_rows) {
        size_t n = (t->rows - i < n_rows ? t->rows - i : n_rows) * t->n;
        for (int k = 0; k < n_in; k++)
            in[k] = open_repeated(t, k, i, buffers[k]);
        for (int k = n_in; k < MAX_IN; k++)
            in[k] = (input){in[0].p, 0};
        run_row(a, row, (float *)t->base[0] + i * t->n, in, n_in, n);
    }
}

static void run_tile(const oct_map_args *a, int n_in, row_fn row)
{
    const oct_tile *t = a->tile;
    if (repeats(t, n_in)) {
        run_repeated(a, n_in, row);
        return;
    }
    size_t piece = streams(t, n_in) ? t->n : GATHER;
    for (size_t i = 0; i < t->rows; i++)
        for (size_t first = 0; first < t->n; first += piece)
            run_piece(a, n_in, row, i, first, t->n - first < piece ? t->n - first : piece);
}

#define MAP(NAME, ENUM, N_IN) static void map_##NAME(const oct_map_args *a) { run_tile(a, N_IN, row_##NAME); }
#define MAPS(M)                                                                                                        \
    M(copy, COPY, 1) M(abs, ABS, 1) M(neg, NEG, 1) M(sign, SIGN, 1) M(relu, RELU, 1) M(leaky_relu, LEAKY_RELU, 1)      \
    M(thresholded_relu, THRESHOLDED_RELU, 1) M(hard_sigmoid, HARD_SIGMOID, 1) M(hard_swish, HARD_SWISH, 1)             \
    M(sigmoid, SIGMOID, 1) M(tanh, TANH, 1) M(exp, EXP, 1) M(log, LOG, 1) M(erf, ERF, 1) M(gelu, GELU, 1)              \
    M(gelu_tanh, GELU_TANH, 1) M(softplus, SOFTPLUS, 1) M(softsign, SOFTSIGN, 1) M(mish, MISH, 1) M(elu, ELU, 1)       \
    M(selu, SELU, 1) M(celu, CELU, 1) M(sqrt, SQRT, 1) M(reciprocal, RECIPROCAL, 1) M(floor, FLOOR, 1)                 \
    M(ceil, CEIL, 1) M(round, ROUND, 1) M(inverse_deviation, INVERSE_DEVIATION, 1)                  \
    M(add, ADD, 2) M(sub, SUB, 2) M(mul, MUL, 2) M(div, DIV, 2) M(div_or_zero, DIV_OR_ZERO, 2) M(min, MIN, 2)          \
    M(max, MAX, 2) M(pow, POW, 2) M(mod, MOD, 2) M(fmod, FMOD, 2) M(prelu, PRELU, 2) M(clip, CLIP, 3)                  \
    M(normalize, NORMALIZE, 5)
#define ENTRY(NAME, ENUM, N_IN) [OCT_MAP_##ENUM] = map_##NAME,

MAPS(MAP)
const oct_map_fn MAP_TABLE[OCT_MAP_N_OPS] = {MAPS(ENTRY)};

#endif
