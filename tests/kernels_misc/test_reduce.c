/* Reductions and softmax: the formula of reduce.h, written out element by element, against every level bit for bit;
 * random shapes, layouts, sets of axes, one and several threads. Integers against plain loops.
 * SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "dice.h"
#include "guarded.h"
#include "kernels/math_f32.h"
#include "kernels/reduce.h"

#define FILL 0xA5
#define MAX_RANK 5

/* x has every axis; y the kept ones, for softmax all. */
typedef struct problem {
    int rank;
    int64_t dims[MAX_RANK], x[MAX_RANK], y[MAX_RANK];
    int reduced[MAX_RANK];
    int64_t n_x, n_y;
    char text[256];
} problem;

/* Strides of a dense array over the axes with use[] set, axes in the order given; 0 for the others. */
static int64_t lay(const problem *p, const size_t *order, const int *use, int64_t *strides)
{
    int64_t n = 1;
    for (int i = 0; i < p->rank; i++) {
        size_t axis = order[i];
        strides[axis] = use[axis] ? n : 0;
        n *= use[axis] ? p->dims[axis] : 1;
    }
    return n;
}

static problem random_problem(int softmax)
{
    static const int64_t dims[] = {1, 2, 3, 5, 7, 8, 9, 16, 17, 24, 31, 70, 130};
    problem p = {.rank = dice_int(1, MAX_RANK)};
    int use_x[MAX_RANK], use_y[MAX_RANK];
    for (int i = 0; i < p.rank; i++) {
        p.dims[i] = dims[dice_u32() % (p.rank > 3 ? 6 : 13)];
        p.reduced[i] = dice_int(0, 1);
        use_x[i] = 1;
        use_y[i] = softmax || !p.reduced[i];
    }
    if (dice_int(0, 40) == 0)
        p.dims[dice_int(0, p.rank - 1)] = 0;
    if (dice_int(0, 15) == 0)
        p.dims[dice_int(0, p.rank - 1)] = 1001;
    size_t *order = dice_order((size_t)p.rank);
    if (dice_int(0, 1))
        for (int i = 0; i < p.rank; i++)
            order[i] = (size_t)(p.rank - 1 - i); /* row-major */
    p.n_x = lay(&p, order, use_x, p.x);
    if (dice_int(0, 2) == 0) {
        free(order);
        order = dice_order((size_t)p.rank);
    }
    p.n_y = lay(&p, order, use_y, p.y);
    free(order);
    for (int i = 0; i < p.rank; i++)
        snprintf(p.text + strlen(p.text), sizeof p.text - strlen(p.text), " %s%d:%d/%d", p.reduced[i] ? "R" : "",
                 (int)p.dims[i], (int)p.x[i], (int)p.y[i]);
    return p;
}

static void split(const problem *p, size_t size, oct_nest *nest, oct_axes *axes)
{
    *nest = (oct_nest){.n_operands = 3};
    *axes = (oct_axes){0};
    for (int i = 0; i < p->rank; i++) {
        if (p->reduced[i]) {
            axes->dims[axes->rank] = p->dims[i];
            axes->x[axes->rank] = p->x[i];
            axes->y[axes->rank++] = p->y[i];
        } else {
            nest->dims[nest->rank] = p->dims[i];
            nest->strides[0][nest->rank] = nest->strides[2][nest->rank] = p->y[i];
            nest->strides[1][nest->rank++] = p->x[i];
        }
    }
    for (int k = 0; k < 3; k++)
        nest->elem_size[k] = (int32_t)size;
}

typedef struct task {
    oct_reduce_fn fn;
    const oct_axes *axes;
    int op;
} task;

static void run_tile(void *context, const oct_tile *tile)
{
    const task *t = context;
    t->fn(&(oct_reduce_args){tile, t->axes, t->op});
}

static void run(const problem *p, size_t size, oct_reduce_fn fn, int op, void *y, void *x, void *center, oct_pool *pool)
{
    oct_nest nest;
    oct_axes axes;
    split(p, size, &nest, &axes);
    oct_nest_normalize(&nest);
    oct_axes_normalize(&axes);
    void *operands[] = {y, x, center};
    oct_nest_run(&nest, operands, pool, 2 * oct_axes_elems(&axes), run_tile, &(task){fn, &axes, op});
}

/* ---- the formula ---- */

static int64_t count(const problem *p, int reduced)
{
    int64_t n = 1;
    for (int i = 0; i < p->rank; i++)
        n *= p->reduced[i] == reduced ? p->dims[i] : 1;
    return n;
}

/* Where the i-th index (row-major) of the reduced or the kept axes lies. */
static int64_t place(const problem *p, int reduced, int64_t i, const int64_t *strides)
{
    int64_t at = 0;
    for (int a = p->rank - 1; a >= 0; a--)
        if (p->reduced[a] == reduced) {
            at += i % p->dims[a] * strides[a];
            i /= p->dims[a];
        }
    return at;
}

typedef float (*combine_fn)(float s, float x, float c);
static float sum(float s, float x, float c) { (void)c; return s + x; }
static float sum_abs(float s, float x, float c) { (void)c; return s + fabsf(x); }
static float square(float s, float x, float c) { (void)c; return fmaf(x, x, s); }
static float centered(float s, float x, float c) { return fmaf(x - c, x - c, s); }
static float exponential(float s, float x, float c) { return s + oct_exp_f32(x - c); }
static float product(float s, float x, float c) { (void)c; return s * x; }
static float maximum(float s, float x, float c) { (void)c; return x > s || isnan(x) ? x : s; }
static float minimum(float s, float x, float c) { (void)c; return x < s || isnan(x) ? x : s; }

static float formula(const problem *p, const float *x, combine_fn first, combine_fn join, float start, float c)
{
    float a[8];
    for (int j = 0; j < 8; j++)
        a[j] = start;
    for (int64_t k = 0, n = count(p, 1); k < n; k++)
        a[k % 8] = first(a[k % 8], x[place(p, 1, k, p->x)], c);
    for (int step = 4; step > 0; step /= 2)
        for (int j = 0; j < step; j++)
            a[j] = join(a[j], a[j + step], 0);
    return a[0];
}

static float log_sum_exp(const problem *p, const float *x)
{
    float m = formula(p, x, maximum, maximum, -INFINITY, 0);
    m = isinf(m) ? 0 : m;
    return oct_log_f32(formula(p, x, exponential, sum, 0, m)) + m;
}

static float meaning(const problem *p, int op, const float *x, float c)
{
    float n = (float)count(p, 1);
    switch (op) {
    case OCT_REDUCE_SUM: return formula(p, x, sum, sum, 0, 0);
    case OCT_REDUCE_MEAN: return formula(p, x, sum, sum, 0, 0) / n;
    case OCT_REDUCE_MAX: return formula(p, x, maximum, maximum, -INFINITY, 0);
    case OCT_REDUCE_MIN: return formula(p, x, minimum, minimum, INFINITY, 0);
    case OCT_REDUCE_PROD: return formula(p, x, product, product, 1, 0);
    case OCT_REDUCE_L1: return formula(p, x, sum_abs, sum, 0, 0);
    case OCT_REDUCE_L2: return sqrtf(formula(p, x, square, sum, 0, 0));
    case OCT_REDUCE_LOG_SUM: return oct_log_f32(formula(p, x, sum, sum, 0, 0));
    case OCT_REDUCE_SUM_SQUARE: return formula(p, x, square, sum, 0, 0);
    case OCT_REDUCE_VARIANCE: return formula(p, x, centered, sum, 0, c) / n;
    default: return log_sum_exp(p, x);
    }
}

static int same(const float *a, const float *b, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        if (memcmp(&a[i], &b[i], sizeof *a) != 0 && !(isnan(a[i]) && isnan(b[i])))
            return 0;
    return 1;
}

static guarded random_floats(int64_t n)
{
    guarded g = guarded_new((size_t)n * sizeof(float), dice_int(0, 1), FILL);
    int rarity = dice_int(0, 3) ? 1000000 : 30;
    for (int64_t i = 0; i < n; i++)
        ((float *)(void *)g.p)[i] = dice_spiced(rarity);
    return g;
}

static void check_reduce(int op, oct_pool *pool)
{
    problem p = random_problem(0);
    guarded x = random_floats(p.n_x), center = random_floats(p.n_y);
    float *expected = malloc(((size_t)p.n_y + 1) * sizeof *expected);
    for (int64_t i = 0, n = count(&p, 0); i < n; i++) {
        int64_t at = place(&p, 0, i, p.y);
        expected[at] = meaning(&p, op, (float *)(void *)x.p + place(&p, 0, i, p.x), ((float *)(void *)center.p)[at]);
    }
    for (int level = 0; level <= (int)oct_cpu_detect(); level++)
        for (int threads = 0; threads < 2; threads++) {
            guarded y = guarded_new((size_t)p.n_y * sizeof(float), dice_int(0, 1), FILL);
            run(&p, sizeof(float), oct_reduce_f32_select((oct_cpu_level)level)->reduce, op, y.p, x.p, center.p,
                threads ? pool : NULL);
            CHECK(same((float *)(void *)y.p, expected, p.n_y) && guarded_intact(&y, FILL), "operation %d, level %s:%s",
                  op, oct_cpu_name((oct_cpu_level)level), p.text);
            guarded_free(&y);
        }
    free(expected);
    guarded_free(&x);
    guarded_free(&center);
}

/* ---- softmax ---- */

static void softmax_at(const problem *p, int op, float *y, const float *x)
{
    float m = formula(p, x, maximum, maximum, -INFINITY, 0), s = formula(p, x, exponential, sum, 0, m);
    for (int64_t k = 0, n = count(p, 1); k < n; k++) {
        float d = x[place(p, 1, k, p->x)] - m;
        y[place(p, 1, k, p->y)] = op == OCT_SOFTMAX ? oct_exp_f32(d) / s : d - oct_log_f32(s);
    }
}

static void check_softmax(int op, oct_pool *pool)
{
    problem p = random_problem(1);
    guarded x = random_floats(p.n_x);
    float *expected = malloc(((size_t)p.n_y + 1) * sizeof *expected);
    float *over = malloc(((size_t)p.n_x + 1) * sizeof *over);
    for (int64_t i = 0, n = count(&p, 0); p.n_y && i < n; i++)
        softmax_at(&p, op, expected + place(&p, 0, i, p.y), (float *)(void *)x.p + place(&p, 0, i, p.x));
    for (int level = 0; level <= (int)oct_cpu_detect(); level++) {
        oct_reduce_fn fn = oct_reduce_f32_select((oct_cpu_level)level)->softmax;
        for (int threads = 0; threads < 2; threads++) {
            guarded y = guarded_new((size_t)p.n_y * sizeof(float), dice_int(0, 1), FILL);
            run(&p, sizeof(float), fn, op, y.p, x.p, NULL, threads ? pool : NULL);
            CHECK(same((float *)(void *)y.p, expected, p.n_y) && guarded_intact(&y, FILL), "softmax %d, level %s:%s",
                  op, oct_cpu_name((oct_cpu_level)level), p.text);
            guarded_free(&y);
        }
        if (memcmp(p.x, p.y, sizeof p.x) == 0) {
            memcpy(over, x.p, (size_t)p.n_x * sizeof *over);
            run(&p, sizeof(float), fn, op, over, over, NULL, NULL);
            CHECK(same(over, expected, p.n_y), "softmax %d in place, level %s:%s", op,
                  oct_cpu_name((oct_cpu_level)level), p.text);
        }
    }
    free(expected);
    free(over);
    guarded_free(&x);
}

/* ---- integers ---- */

static int64_t int_meaning(const problem *p, int op, const int32_t *x)
{
    int64_t n = count(p, 1), s = op == OCT_REDUCE_PROD;
    if (op == OCT_REDUCE_MAX || op == OCT_REDUCE_MIN)
        s = op == OCT_REDUCE_MAX ? INT32_MIN : INT32_MAX;
    for (int64_t k = 0; k < n; k++) {
        int64_t v = x[place(p, 1, k, p->x)];
        switch (op) {
        case OCT_REDUCE_MAX: s = v > s ? v : s; break;
        case OCT_REDUCE_MIN: s = v < s ? v : s; break;
        case OCT_REDUCE_PROD: s = (int64_t)((uint64_t)s * (uint64_t)v); break;
        case OCT_REDUCE_L1: s += v < 0 ? -v : v; break;
        case OCT_REDUCE_L2:
        case OCT_REDUCE_SUM_SQUARE: s += v * v; break;
        default: s += v; break;
        }
    }
    if (op == OCT_REDUCE_MEAN)
        return n ? s / n : 0;
    return op == OCT_REDUCE_L2 ? (int64_t)sqrtl((long double)s) : s;
}

static void check_int32(int op)
{
    problem p = random_problem(0);
    int32_t *x = malloc(((size_t)p.n_x + 1) * sizeof *x), *y = malloc(((size_t)p.n_y + 1) * sizeof *y);
    for (int64_t i = 0; i < p.n_x; i++)
        x[i] = dice_int(-50000, 50000);
    run(&p, sizeof *x, oct_reduce_typed_select(OCTET_I32), op, y, x, NULL, NULL);
    for (int64_t i = 0, n = count(&p, 0); i < n; i++) {
        int32_t want = (int32_t)int_meaning(&p, op, x + place(&p, 0, i, p.x)), got = y[place(&p, 0, i, p.y)];
        CHECK(got == want, "operation %d on int32: %d, not %d:%s", op, got, want, p.text);
    }
    free(x);
    free(y);
}

static void check_other_types(void)
{
    const oct_axes axes = {.rank = 1, .dims = {4}, .x = {1}};
    uint8_t u8[] = {3, 255, 0, 7}, y8;
    int8_t i8[] = {3, -128, 0, 7};
    uint64_t u64[] = {1, UINT64_MAX, 5, 2}, y64;
    oct_tile tile = {.rows = 1, .n = 1, .base = {&y8, u8}};
    oct_reduce_typed_select(OCTET_U8)(&(oct_reduce_args){&tile, &axes, OCT_REDUCE_MAX});
    CHECK(y8 == 255, "max of uint8 is %d", y8);
    tile.base[1] = i8;
    oct_reduce_typed_select(OCTET_I8)(&(oct_reduce_args){&tile, &axes, OCT_REDUCE_MIN});
    CHECK((int8_t)y8 == -128, "min of int8 is %d", (int8_t)y8);
    tile = (oct_tile){.rows = 1, .n = 1, .base = {&y64, u64}};
    oct_reduce_typed_select(OCTET_U64)(&(oct_reduce_args){&tile, &axes, OCT_REDUCE_MAX});
    CHECK(y64 == UINT64_MAX, "max of uint64");
    u64[1] = 7;
    oct_reduce_typed_select(OCTET_U64)(&(oct_reduce_args){&tile, &axes, OCT_REDUCE_LOG_SUM_EXP});
    CHECK(y64 == 7, "log of sum of exp is %llu", (unsigned long long)y64);
    CHECK(!oct_reduce_typed_select(OCTET_F16), "float16 is no integer");
}

int main(void)
{
    oct_pool *pool;
    octet_error err;
    if (oct_pool_new(&pool, 3, &err) != OCTET_OK)
        return 1;
    for (int i = 0; i < 70; i++) {
        for (int op = 0; op < OCT_REDUCE_N_OPS; op++)
            check_reduce(op, pool);
        check_softmax(OCT_SOFTMAX, pool);
        check_softmax(OCT_LOG_SOFTMAX, pool);
    }
    for (int i = 0; i < 40; i++)
        for (int op = 0; op < OCT_REDUCE_VARIANCE; op++)
            if (op != OCT_REDUCE_LOG_SUM && op != OCT_REDUCE_LOG_SUM_EXP)
                check_int32(op);
    check_other_types();
    oct_pool_free(pool);
    return check_done();
}
