/* Elementwise maps: loop nests of random shapes, layouts and broadcasts against a naive walk, every level against that
 * bit for bit, with one and with several threads, in place, and integer operations against 128-bit arithmetic.
 * SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "dice.h"
#include "guarded.h"
#include "kernels/map.h"

#define FILL 0xA5
#define MAX_RANK 5

/* ---- random nests ---- */

typedef struct space {
    oct_nest nest; /* not normalized */
    size_t n[OCT_NEST_OPERANDS]; /* elements */
    char text[256];
} space;

static void random_dims(oct_nest *nest)
{
    static const int64_t dims[] = {1, 2, 3, 5, 7, 8, 9, 16, 17, 24, 31, 70, 130};
    nest->rank = dice_int(0, MAX_RANK);
    for (int i = 0; i < nest->rank; i++)
        nest->dims[i] = dims[dice_u32() % (nest->rank > 3 ? 6 : 13)];
    if (dice_int(0, 30) == 0 && nest->rank == 1)
        nest->dims[0] = 40000 + dice_int(0, 99);
    if (dice_int(0, 40) == 0 && nest->rank)
        nest->dims[dice_int(0, nest->rank - 1)] = 0;
}

/* Dense strides in a random order of axes, some axes broadcast. The layout of operand 0 is used again now and then. */
static void random_strides(space *s, int k)
{
    oct_nest *nest = &s->nest;
    size_t *order = dice_order((size_t)nest->rank);
    int like_y = k > 0 && dice_int(0, 1), broadcast = k > 0 && dice_int(0, 1);
    int64_t stride = 1;
    for (int i = 0; i < nest->rank; i++) {
        int axis = (int)order[i];
        int repeat = broadcast && dice_int(0, 1);
        nest->strides[k][axis] = repeat ? 0 : stride;
        stride *= repeat ? 1 : nest->dims[axis];
    }
    if (like_y && !broadcast)
        memcpy(nest->strides[k], nest->strides[0], sizeof nest->strides[0]);
    free(order);
    s->n[k] = 1;
    for (int i = 0; i < nest->rank; i++)
        s->n[k] = nest->dims[i] ? s->n[k] + (size_t)((nest->dims[i] - 1) * nest->strides[k][i]) : 1;
}

/* Pixels of a few channels, inputs like that or the same for every pixel. */
static void pixel_strides(space *s, int k)
{
    oct_nest *nest = &s->nest;
    int repeat = k > 0 && dice_int(0, 1);
    nest->strides[k][0] = repeat ? 0 : nest->dims[1];
    nest->strides[k][1] = 1;
    s->n[k] = (size_t)(repeat ? nest->dims[1] : nest->dims[0] * nest->dims[1]);
}

static space random_space(int n_operands)
{
    space s = {.nest = {.n_operands = n_operands}};
    int pixels = dice_int(0, 3) == 0;
    random_dims(&s.nest);
    if (pixels) {
        s.nest.rank = 2;
        s.nest.dims[0] = dice_int(2, 100);
        s.nest.dims[1] = dice_int(2, 70);
    }
    for (int k = 0; k < n_operands; k++)
        pixels ? pixel_strides(&s, k) : random_strides(&s, k);
    for (int i = 0; i < s.nest.rank; i++)
        snprintf(s.text + strlen(s.text), sizeof s.text - strlen(s.text), " %d:%d/%d/%d", (int)s.nest.dims[i],
                 (int)s.nest.strides[0][i], (int)s.nest.strides[1][i], n_operands > 2 ? (int)s.nest.strides[2][i] : -1);
    return s;
}

/* ---- the definition ---- */

typedef struct task {
    oct_map_fn fn;
    float alpha, beta;
    oct_map_op op; /* and dtype: what the integers need */
    octet_dtype dtype;
} task;

static void run_tile(void *context, const oct_tile *tile)
{
    const task *t = context;
    t->fn(&(oct_map_args){tile, t->alpha, t->beta, t->op, t->dtype});
}

/* Element by element, axis by axis, on the nest as it was made: a tile of one element each. */
static void naive(const oct_nest *nest, int axis, char *const *at, const task *t)
{
    oct_tile tile = {.rows = 1, .n = 1};
    char *next[OCT_NEST_OPERANDS] = {0};
    if (axis == nest->rank) {
        for (int k = 0; k < nest->n_operands; k++)
            tile.base[k] = at[k];
        run_tile((void *)(uintptr_t)t, &tile);
        return;
    }
    for (int64_t i = 0; i < nest->dims[axis]; i++) {
        for (int k = 0; k < nest->n_operands; k++)
            next[k] = at[k] + i * nest->strides[k][axis] * nest->elem_size[k];
        naive(nest, axis + 1, next, t);
    }
}

static int same_floats(const float *a, const float *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (memcmp(&a[i], &b[i], sizeof *a) != 0 && !(isnan(a[i]) && isnan(b[i])))
            return 0;
    return 1;
}

static void run_nest(const space *s, void *const *operands, const task *t, oct_pool *pool)
{
    oct_nest nest = s->nest;
    task copy = *t;
    oct_nest_normalize(&nest);
    oct_nest_run(&nest, operands, pool, 1, run_tile, &copy);
}

/* ---- float32 ---- */

static void check_f32_level(const space *s, oct_map_op op, oct_cpu_level level, void *const *inputs,
                            const float *expected, oct_pool *pool)
{
    void *operands[OCT_NEST_OPERANDS];
    memcpy(operands, inputs, sizeof operands);
    guarded y = guarded_new(s->n[0] * sizeof(float), dice_int(0, 1), FILL);
    operands[0] = y.p;
    run_nest(s, operands, &(task){oct_map_select(level, op, OCTET_F32), 0.3f, 0.7f, op, OCTET_F32}, pool);
    CHECK((s->nest.rank && oct_nest_elems(&s->nest) == 0) ||
              (same_floats((float *)(void *)y.p, expected, s->n[0]) && guarded_intact(&y, FILL)),
          "operation %d, level %s:%s", (int)op, oct_cpu_name(level), s->text);
    guarded_free(&y);
}

/* y over the first input that lies like it */
static void check_in_place(const space *s, oct_map_op op, oct_cpu_level level, void *const *inputs,
                           const float *expected)
{
    if (memcmp(s->nest.strides[0], s->nest.strides[1], sizeof s->nest.strides[0]) != 0)
        return;
    float *y = malloc(s->n[0] * sizeof *y);
    void *operands[OCT_NEST_OPERANDS];
    memcpy(operands, inputs, sizeof operands);
    memcpy(y, inputs[1], s->n[0] * sizeof *y);
    operands[0] = operands[1] = y;
    run_nest(s, operands, &(task){oct_map_select(level, op, OCTET_F32), 0.3f, 0.7f, op, OCTET_F32}, NULL);
    CHECK(oct_nest_elems(&s->nest) == 0 || same_floats(y, expected, s->n[0]), "operation %d in place, level %s:%s",
          (int)op, oct_cpu_name(level), s->text);
    free(y);
}

static void check_f32(oct_map_op op, oct_pool *pool)
{
    space s = random_space(oct_map_n_inputs(op) + 1);
    void *operands[OCT_NEST_OPERANDS] = {0};
    char *at[OCT_NEST_OPERANDS] = {0};
    guarded inputs[OCT_NEST_OPERANDS] = {0};
    for (int k = 0; k < s.nest.n_operands; k++) {
        s.nest.elem_size[k] = sizeof(float);
        inputs[k] = guarded_new(s.n[k] * sizeof(float), dice_int(0, 1), FILL);
        for (size_t i = 0; i < s.n[k]; i++)
            ((float *)(void *)inputs[k].p)[i] = dice_spiced(40);
        operands[k] = inputs[k].p;
        at[k] = operands[k];
    }
    float *expected = operands[0];
    naive(&s.nest, 0, at, &(task){oct_map_select(OCT_CPU_REF, op, OCTET_F32), 0.3f, 0.7f, op, OCTET_F32});
    for (int level = 0; level <= (int)oct_cpu_detect(); level++) {
        check_f32_level(&s, op, (oct_cpu_level)level, operands, expected, NULL);
        check_f32_level(&s, op, (oct_cpu_level)level, operands, expected, pool);
        check_in_place(&s, op, (oct_cpu_level)level, operands, expected);
    }
    for (int k = 0; k < s.nest.n_operands; k++)
        guarded_free(&inputs[k]);
}

/* What the simple ones mean; the elementary functions have a test of their own. */
static float meaning(oct_map_op op, const float *v)
{
    float a = v[0], b = v[1], c = v[2];
    float hard = 0.3f * a + 0.7f;
    switch (op) {
    case OCT_MAP_COPY: return a;
    case OCT_MAP_ABS: return fabsf(a);
    case OCT_MAP_NEG: return -a;
    case OCT_MAP_SIGN: return isnan(a) ? a : (float)((a > 0) - (a < 0));
    case OCT_MAP_RELU: return a < 0 ? 0 : a;
    case OCT_MAP_LEAKY_RELU: return a < 0 ? 0.3f * a : a;
    case OCT_MAP_THRESHOLDED_RELU: return a > 0.3f ? a : 0;
    case OCT_MAP_HARD_SIGMOID: return hard < 0 ? 0 : hard > 1 ? 1 : hard;
    case OCT_MAP_SOFTSIGN: return a / (1 + fabsf(a));
    case OCT_MAP_RECIPROCAL: return 1 / a;
    case OCT_MAP_FLOOR: return floorf(a);
    case OCT_MAP_CEIL: return ceilf(a);
    case OCT_MAP_ROUND: return rintf(a);
    case OCT_MAP_ADD: return a + b;
    case OCT_MAP_SUB: return a - b;
    case OCT_MAP_MUL: return a * b;
    case OCT_MAP_DIV: return a / b;
    case OCT_MAP_DIV_OR_ZERO: return b == 0 ? 0 : a / b;
    case OCT_MAP_MIN: return a < b || isnan(a) ? a : b;
    case OCT_MAP_MAX: return a > b || isnan(a) ? a : b;
    case OCT_MAP_FMOD: return fmodf(a, b);
    case OCT_MAP_PRELU: return a < 0 ? b * a : a;
    case OCT_MAP_CLIP: a = a < b ? b : a; return a > c ? c : a;
    case OCT_MAP_NORMALIZE: return ((a - b) * c) * v[3] + v[4];
    default: return NAN; /* not here */
    }
}

static void check_meaning(void)
{
    for (int op = 0; op < OCT_MAP_N_OPS; op++) {
        if (!oct_map_f32_ref[op])
            continue;
        for (int i = 0; i < 500; i++) {
            float v[5], y;
            for (int k = 0; k < 5; k++)
                v[k] = dice_spiced(4);
            float expected = meaning((oct_map_op)op, v);
            const oct_tile tile = {.rows = 1, .n = 1, .base = {&y, v, v + 1, v + 2, v + 3, v + 4}};
            oct_map_f32_ref[op](&(oct_map_args){&tile, 0.3f, 0.7f, op, OCTET_F32});
            CHECK(same_floats(&y, &expected, 1) || isnan(expected), "operation %d of %a %a %a is %a, not %a", op, v[0],
                  v[1], v[2], y, expected);
        }
    }
}

static void check_modulo(void)
{
    static const float cases[][3] = {{5, 3, 2}, {-5, 3, 1}, {5, -3, -1}, {-5, -3, -2}, {6, 3, 0}, {-6, 3, 0},
                                     {6, -3, -0.0f}, {-1, INFINITY, INFINITY}, {1, 0, NAN}, {4.5f, 1, 0.5f}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (int level = 0; level <= (int)oct_cpu_detect(); level++) {
            float a = cases[i][0], b = cases[i][1], y;
            const oct_tile tile = {.rows = 1, .n = 1, .base = {&y, &a, &b}};
            oct_map_select((oct_cpu_level)level, OCT_MAP_MOD, OCTET_F32)(&(oct_map_args){&tile, 0, 0, OCT_MAP_MOD, OCTET_F32});
            CHECK(same_floats(&y, &cases[i][2], 1), "%g mod %g is %g", a, b, y);
        }
}

/* ---- integers ---- */

typedef struct int_type {
    octet_dtype dtype;
    int bits, is_signed;
} int_type;

static const int_type int_types[] = {{OCTET_U8, 8, 0},  {OCTET_I8, 8, 1},  {OCTET_U16, 16, 0}, {OCTET_I16, 16, 1},
                                     {OCTET_U32, 32, 0}, {OCTET_I32, 32, 1}, {OCTET_U64, 64, 0}, {OCTET_I64, 64, 1}};

/* The element as a sign-extended pattern. */
static int64_t get(const int_type *t, const void *p)
{
    uint64_t u = 0;
    memcpy(&u, p, (size_t)t->bits / 8);
    if (t->is_signed && t->bits < 64 && (u >> (t->bits - 1) & 1))
        u |= ~UINT64_C(0) << t->bits;
    return (int64_t)u;
}

static int below(const int_type *t, int64_t a, int64_t b)
{
    return t->is_signed ? a < b : (uint64_t)a < (uint64_t)b;
}

static int64_t lowest(const int_type *t)
{
    return t->is_signed ? (int64_t)(~UINT64_C(0) << (t->bits - 1)) : 0;
}

static int64_t quotient(const int_type *t, int64_t a, int64_t b, int64_t *rest)
{
    *rest = 0;
    if (b == 0)
        return 0;
    if (t->is_signed && b == -1)
        return (int64_t)(0 - (uint64_t)a);
    *rest = t->is_signed ? a % b : (int64_t)((uint64_t)a % (uint64_t)b);
    return t->is_signed ? a / b : (int64_t)((uint64_t)a / (uint64_t)b);
}

static int64_t power(const int_type *t, int64_t a, int64_t b)
{
    uint64_t r = 1;
    if (t->is_signed && b < 0)
        return a == 1 ? 1 : a == -1 ? (b % 2 ? -1 : 1) : 0;
    for (int64_t i = 0; i < b; i++)
        r *= (uint64_t)a;
    return (int64_t)r;
}

static int64_t int_meaning(const int_type *t, oct_map_op op, int64_t a, int64_t b, int64_t c)
{
    int64_t rest, q = quotient(t, a, b, &rest);
    int negative = t->is_signed && a < 0;
    switch (op) {
    case OCT_MAP_COPY: return a;
    case OCT_MAP_ABS: return negative ? (int64_t)(0 - (uint64_t)a) : a;
    case OCT_MAP_NEG: return (int64_t)(0 - (uint64_t)a);
    case OCT_MAP_SIGN: return negative ? -1 : a != 0;
    case OCT_MAP_RELU: return negative ? 0 : a;
    case OCT_MAP_ADD: return (int64_t)((uint64_t)a + (uint64_t)b);
    case OCT_MAP_SUB: return (int64_t)((uint64_t)a - (uint64_t)b);
    case OCT_MAP_MUL: return (int64_t)((uint64_t)a * (uint64_t)b);
    case OCT_MAP_DIV: return q;
    case OCT_MAP_MIN: return below(t, a, b) ? a : b;
    case OCT_MAP_MAX: return below(t, b, a) ? a : b;
    case OCT_MAP_POW: return power(t, a, b);
    case OCT_MAP_MOD: return rest != 0 && t->is_signed && (rest < 0) != (b < 0) ? rest + b : rest;
    case OCT_MAP_FMOD: return rest;
    case OCT_MAP_PRELU: return negative ? (int64_t)((uint64_t)a * (uint64_t)b) : a;
    case OCT_MAP_EQUAL: return a == b;
    case OCT_MAP_GREATER: return below(t, b, a);
    case OCT_MAP_GREATER_EQUAL: return !below(t, a, b);
    case OCT_MAP_LESS: return below(t, a, b);
    case OCT_MAP_LESS_EQUAL: return !below(t, b, a);
    case OCT_MAP_CLIP: a = below(t, a, b) ? b : a; return below(t, c, a) ? c : a;
    default: return 0;
    }
}

static int yields_bool(oct_map_op op)
{
    return op >= OCT_MAP_EQUAL && op <= OCT_MAP_LESS_EQUAL;
}

static void random_int(const int_type *t, uint64_t *v, int small)
{
    uint64_t extremes[] = {0, 1, ~UINT64_C(0), (uint64_t)lowest(t), (uint64_t)lowest(t) - 1, 2, 3};
    *v = dice_int(0, 2) == 0 ? extremes[dice_u32() % 7] : (uint64_t)dice_u32() << 32 | dice_u32();
    if (small)
        *v = (uint64_t)dice_int(t->is_signed ? -3 : 0, 70);
}

static void check_int(const int_type *t, oct_map_op op)
{
    oct_map_fn fn = oct_map_select(OCT_CPU_REF, op, t->dtype);
    if (!fn || op == OCT_MAP_WHERE)
        return;
    const int_type truth = {OCTET_BOOL, 8, 0};
    for (int i = 0; i < 400; i++) {
        uint64_t a, b, c, y = 0, expected = 0;
        random_int(t, &a, 0);
        random_int(t, &b, op == OCT_MAP_POW);
        random_int(t, &c, 0);
        const oct_tile tile = {.rows = 1, .n = 1, .base = {&y, &a, &b, &c}};
        fn(&(oct_map_args){&tile, 0, 0, op, t->dtype});
        int64_t want = int_meaning(t, op, get(t, &a), get(t, &b), get(t, &c));
        const int_type *result = yields_bool(op) ? &truth : t;
        memcpy(&expected, &want, (size_t)result->bits / 8);
        CHECK(y == expected, "operation %d on %s: %lld, %lld gives %llx, not %llx", (int)op, octet_dtype_name(t->dtype),
              (long long)get(t, &a), (long long)get(t, &b), (unsigned long long)y, (unsigned long long)expected);
    }
}

/* Strides and rows of the typed loop, on one type per width. */
static void check_int_nest(octet_dtype dtype)
{
    space s = random_space(3);
    size_t size = octet_dtype_size(dtype);
    guarded v[3];
    char *at[3];
    void *operands[3];
    for (int k = 0; k < 3; k++) {
        s.nest.elem_size[k] = (int32_t)size;
        v[k] = guarded_new(s.n[k] * size, 1, FILL);
        dice_bytes(v[k].p, v[k].n);
        operands[k] = at[k] = (char *)v[k].p;
    }
    task t = {oct_map_select(OCT_CPU_REF, OCT_MAP_SUB, dtype), 0, 0, OCT_MAP_SUB, dtype};
    naive(&s.nest, 0, at, &t);
    guarded y = guarded_new(s.n[0] * size, 1, FILL);
    operands[0] = y.p;
    run_nest(&s, operands, &t, NULL);
    CHECK(oct_nest_elems(&s.nest) == 0 || memcmp(y.p, v[0].p, y.n) == 0, "%s:%s", octet_dtype_name(dtype), s.text);
    guarded_free(&y);
    for (int k = 0; k < 3; k++)
        guarded_free(&v[k]);
}

static void check_logic(void)
{
    uint8_t a[] = {0, 0, 1, 1}, b[] = {0, 1, 0, 1};
    static const struct { oct_map_op op; uint8_t y[4]; } cases[] = {
        {OCT_MAP_AND, {0, 0, 0, 1}}, {OCT_MAP_OR, {0, 1, 1, 1}}, {OCT_MAP_XOR, {0, 1, 1, 0}},
        {OCT_MAP_EQUAL, {1, 0, 0, 1}}, {OCT_MAP_NOT, {1, 1, 0, 0}}, {OCT_MAP_COPY, {0, 0, 1, 1}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t y[4];
        const oct_tile tile = {.rows = 1, .n = 4, .base = {y, a, b}, .stride = {1, 1, 1}};
        oct_map_select(OCT_CPU_AVX2, cases[i].op, OCTET_BOOL)(&(oct_map_args){&tile, 0, 0, cases[i].op, OCTET_BOOL});
        CHECK(memcmp(y, cases[i].y, 4) == 0, "logic %zu", i);
    }
}

static void check_where_and_nan(void)
{
    static const octet_dtype types[] = {OCTET_BOOL, OCTET_F16, OCTET_BF16, OCTET_F32, OCTET_F64, OCTET_I64, OCTET_U16};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        uint8_t condition[] = {1, 0, 1}, b[24], c[24], y[24];
        size_t size = octet_dtype_size(types[i]);
        memset(b, 1, sizeof b);
        memset(c, 0, sizeof c);
        const oct_tile tile = {.rows = 1, .n = 3, .base = {y, condition, b, c}, .stride = {1, 1, 1, 1}};
        oct_map_select(OCT_CPU_REF, OCT_MAP_WHERE, types[i])(&(oct_map_args){&tile, 0, 0, OCT_MAP_WHERE, types[i]});
        CHECK(memcmp(y, b, size) == 0 && memcmp(y + size, c, size) == 0 && memcmp(y + 2 * size, b, size) == 0,
              "Where on %s", octet_dtype_name(types[i]));
    }
    float x[] = {0, NAN, INFINITY};
    uint8_t y[3];
    const oct_tile tile = {.rows = 1, .n = 3, .base = {y, x}, .stride = {1, 1}};
    oct_map_select(OCT_CPU_REF, OCT_MAP_IS_NAN, OCTET_F32)(&(oct_map_args){&tile, 0, 0, OCT_MAP_IS_NAN, OCTET_F32});
    CHECK(y[0] == 0 && y[1] == 1 && y[2] == 0, "IsNaN");
}

int main(void)
{
    oct_pool *pool;
    octet_error err;
    if (oct_pool_new(&pool, 3, &err) != OCTET_OK)
        return 1;
    check_meaning();
    check_modulo();
    check_logic();
    check_where_and_nan();
    for (int op = 0; op < OCT_MAP_N_OPS; op++)
        for (int i = 0; oct_map_f32_ref[op] && i < 60; i++)
            check_f32((oct_map_op)op, pool);
    for (size_t t = 0; t < sizeof int_types / sizeof int_types[0]; t++) {
        for (int op = 0; op < OCT_MAP_N_OPS; op++)
            check_int(&int_types[t], (oct_map_op)op);
        for (int i = 0; i < 50; i++)
            check_int_nest(int_types[t].dtype);
    }
    oct_pool_free(pool);
    return check_done();
}
