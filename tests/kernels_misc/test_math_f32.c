/* Elementary functions: every level against ref bit for bit, ref against libm's long double forms in units in the last
 * place, and a hash of ref's results against the one that every compiler and machine must get. By default every 997th
 * float; `test_math_f32 STEP` takes every STEP-th, 1 all 2^32 (an hour or two).
 * SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "kernels/map.h"
#include "kernels/math_f32.h"

#define BATCH 1021 /* not a multiple of any vector length */

typedef struct function {
    const char *name;
    oct_map_op op;
    float alpha, beta;
    long double (*exact)(long double x);
    double bound;  /* ulp */
    uint64_t hash; /* of the results for every 997th float */
} function;

static long double sigmoid(long double x) { return x < 0 ? expl(x) / (1 + expl(x)) : 1 / (1 + expl(-x)); }
static long double log_of(long double x) { return x < 0 ? (long double)NAN : logl(x); }
static long double gelu(long double x) { return x < -40 ? -0.0L : x / 2 * erfcl(-x * 0.70710678118654752440L); }
static long double softplus(long double x) { return x > 50 ? x : log1pl(expl(x)); }
static long double mish(long double x) { return x > 50 ? x : x < -200 ? -0.0L : x * tanhl(log1pl(expl(x))); }
static long double elu(long double x) { return x < 0 ? expm1l(x) : x; }
static long double selu(long double x) { return 1.25L * (x > 0 ? x : 1.5L * expm1l(x)); }
static long double celu(long double x) { return x < 0 ? 2.5L * expm1l(x / 2.5L) : x; }

static long double gelu_tanh(long double x)
{
    long double u = 0.79788456080286535588L * (x + 0.044715L * x * x * x);
    return x < -40 ? -0.0L : x / (1 + expl(-2 * u));
}

static const function functions[] = {
    {"exp", OCT_MAP_EXP, 0, 0, expl, 0.99, 0x62fd293627aa3a98u},
    {"sigmoid", OCT_MAP_SIGMOID, 0, 0, sigmoid, 0.98, 0xbd52fc57d29d22a5u},
    {"tanh", OCT_MAP_TANH, 0, 0, tanhl, 0.71, 0x7515949507e6083fu},
    {"log", OCT_MAP_LOG, 0, 0, log_of, 0.501, 0xf4e1210c8f0376c2u},
    {"erf", OCT_MAP_ERF, 0, 0, erfl, 0.503, 0x4e6fbdc1d1ed7112u},
    {"gelu", OCT_MAP_GELU, 0, 0, gelu, 0.508, 0xe3e9b09000dbfa00u},
    {"gelu_tanh", OCT_MAP_GELU_TANH, 0, 0, gelu_tanh, 0.501, 0xaf3abf80272f854bu},
    {"softplus", OCT_MAP_SOFTPLUS, 0, 0, softplus, 0.501, 0xf68749542b33176bu},
    {"mish", OCT_MAP_MISH, 0, 0, mish, 0.501, 0x94ccf64bcd6028bcu},
    {"elu", OCT_MAP_ELU, 1, 0, elu, 0.501, 0xe6b3d29d9a4cae4fu},
    {"selu", OCT_MAP_SELU, 1.5f, 1.25f, selu, 0.501, 0x1cbc380770676713u},
    {"celu", OCT_MAP_CELU, 2.5f, 0, celu, 0.501, 0xebf71ecd496d38ceu},
    {"sqrt", OCT_MAP_SQRT, 0, 0, sqrtl, 0.5, 0xd3a6315f359f3fb8u},
};

static float from_bits(uint32_t bits)
{
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

static int same(float a, float b)
{
    return memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b));
}

/* Distance from the exact result in units in the last place of the float next to it; wrong kinds are very far. */
static double ulps(float got, long double exact)
{
    float rounded = (float)exact;
    int exponent = -200;
    if (isnan(got) || isnan(rounded))
        return isnan(got) && isnan(rounded) ? 0 : 1e9;
    if (isinf(got) || isinf(rounded))
        return got == rounded ? 0 : 1e9;
    if (rounded != 0)
        frexpf(rounded, &exponent);
    return (double)fabsl(((long double)got - exact) / ldexpl(1, (exponent < -125 ? -125 : exponent) - 24));
}

static void run(oct_cpu_level level, oct_map_op op, float *y, float *a, float *b, size_t n, float alpha, float beta)
{
    const oct_tile tile = {.rows = 1, .n = n, .base = {y, a, b}, .stride = {1, 1, 1}};
    oct_map_select(level, op, OCTET_F32)(&(oct_map_args){&tile, alpha, beta, op, OCTET_F32});
}

/* ---- one argument ---- */

#define DEFAULT_STEP 997

/* FNV-1a, with one NaN for all */
static uint64_t add_to_hash(uint64_t hash, const float *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        float f = isnan(v[i]) ? NAN : v[i];
        uint32_t bits;
        memcpy(&bits, &f, sizeof bits);
        for (int k = 0; k < 4; k++)
            hash = (hash ^ (isnan(f) ? 0x7f : bits >> 8 * k & 0xff)) * 0x100000001b3u;
    }
    return hash;
}

typedef struct findings {
    uint64_t hash;
    double worst; /* ulp */
    float worst_x;
} findings;

static void check_batch(const function *f, float *x, size_t n, int check_exact, findings *found)
{
    static float expected[BATCH], got[BATCH];
    run(OCT_CPU_REF, f->op, expected, x, NULL, n, f->alpha, f->beta);
    for (int level = 1; level <= (int)oct_cpu_detect(); level++) {
        run((oct_cpu_level)level, f->op, got, x, NULL, n, f->alpha, f->beta);
        size_t bad = 0;
        while (bad < n && same(got[bad], expected[bad]))
            bad++;
        CHECK(bad == n, "%s(%a) is %a at level %s, %a at ref", f->name, x[bad % n], got[bad % n],
              oct_cpu_name((oct_cpu_level)level), expected[bad % n]);
    }
    found->hash = add_to_hash(found->hash, expected, n);
    for (size_t i = 0; check_exact && i < n; i++) {
        double e = ulps(expected[i], f->exact(x[i]));
        if (e > found->worst) {
            found->worst = e;
            found->worst_x = x[i];
        }
    }
}

static void check_function(const function *f, uint64_t step)
{
    static float x[BATCH];
    findings found = {.hash = 0xcbf29ce484222325u};
    uint64_t n_batches = 0;
    for (uint64_t bits = 0; bits < UINT64_C(1) << 32; n_batches++) {
        size_t n = 0;
        for (; n < BATCH && bits < UINT64_C(1) << 32; bits += step)
            x[n++] = from_bits((uint32_t)bits);
        check_batch(f, x, n, step == 1 || n_batches % 4 == 0, &found);
    }
    CHECK(found.worst <= f->bound, "%s: %.4f ulp at %a, bound %.4f", f->name, found.worst, found.worst_x, f->bound);
    CHECK(step != DEFAULT_STEP || found.hash == f->hash, "%s: hash %016llx", f->name, (unsigned long long)found.hash);
    printf("%-10s %.4f ulp, worst at %a\n", f->name, found.worst, found.worst_x);
}

static void check_edges(void)
{
    static const struct { oct_map_op op; float x, y; } edges[] = {
        {OCT_MAP_EXP, -INFINITY, 0},      {OCT_MAP_EXP, INFINITY, INFINITY},  {OCT_MAP_EXP, 0, 1},
        {OCT_MAP_EXP, -0.0f, 1},          {OCT_MAP_LOG, 0, -INFINITY},        {OCT_MAP_LOG, -0.0f, -INFINITY},
        {OCT_MAP_LOG, 1, 0},              {OCT_MAP_LOG, -1, NAN},             {OCT_MAP_LOG, INFINITY, INFINITY},
        {OCT_MAP_LOG, -INFINITY, NAN},    {OCT_MAP_TANH, INFINITY, 1},        {OCT_MAP_TANH, -INFINITY, -1},
        {OCT_MAP_TANH, -0.0f, -0.0f},     {OCT_MAP_SIGMOID, INFINITY, 1},     {OCT_MAP_SIGMOID, -INFINITY, 0},
        {OCT_MAP_SIGMOID, 0, 0.5f},       {OCT_MAP_ERF, INFINITY, 1},         {OCT_MAP_ERF, -INFINITY, -1},
        {OCT_MAP_ERF, -0.0f, -0.0f},      {OCT_MAP_GELU, -INFINITY, -0.0f},   {OCT_MAP_GELU, INFINITY, INFINITY},
        {OCT_MAP_GELU_TANH, -INFINITY, -0.0f}, {OCT_MAP_GELU_TANH, INFINITY, INFINITY},
        {OCT_MAP_SOFTPLUS, -INFINITY, 0}, {OCT_MAP_SOFTPLUS, INFINITY, INFINITY},
        {OCT_MAP_MISH, -INFINITY, -0.0f}, {OCT_MAP_MISH, INFINITY, INFINITY}, {OCT_MAP_SQRT, -0.0f, -0.0f},
        {OCT_MAP_SQRT, -1, NAN},          {OCT_MAP_EXP, NAN, NAN},            {OCT_MAP_TANH, NAN, NAN},
        {OCT_MAP_SIGMOID, NAN, NAN},      {OCT_MAP_ERF, NAN, NAN},            {OCT_MAP_GELU, NAN, NAN},
    };
    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++)
        for (int level = 0; level <= (int)oct_cpu_detect(); level++) {
            float x = edges[i].x, y;
            run((oct_cpu_level)level, edges[i].op, &y, &x, NULL, 1, 0, 0);
            CHECK(same(y, edges[i].y), "operation %d of %a is %a at %s, expected %a", (int)edges[i].op, x, y,
                  oct_cpu_name((oct_cpu_level)level), edges[i].y);
        }
}

/* ---- pow ---- */

static const float pow_values[] = {
    0.0f, -0.0f, 1.0f, -1.0f, 2.0f, -2.0f, 3.0f, -3.0f, 0.5f, -0.5f, 0.25f, 10.0f, 1.5f, -1.5f, 2.5f, 1e-3f, 1e10f,
    -1e10f, 0x1p24f, 0x1.fffffep23f, -0x1.fffffep23f, 0x1p-149f, -0x1p-149f, 0x1p-126f, 0x1.fffffep127f,
    -0x1.fffffep127f, 0x1.fffffep-1f, 0x1.000002p0f, INFINITY, -INFINITY, NAN, 7.0f, 5.0f, 1.0f / 3.0f, 33.0f, 126.5f,
};
#define N_POW (sizeof pow_values / sizeof pow_values[0])

/* libm's powl has C99's special cases too */
static void check_pow_batch(float *x, float *y, size_t n, double *worst)
{
    static float expected[BATCH], got[BATCH];
    run(OCT_CPU_REF, OCT_MAP_POW, expected, x, y, n, 0, 0);
    for (int level = 1; level <= (int)oct_cpu_detect(); level++) {
        run((oct_cpu_level)level, OCT_MAP_POW, got, x, y, n, 0, 0);
        for (size_t i = 0; i < n; i++)
            CHECK(same(got[i], expected[i]), "pow(%a, %a) is %a at level %s, %a at ref", x[i], y[i], got[i],
                  oct_cpu_name((oct_cpu_level)level), expected[i]);
    }
    for (size_t i = 0; i < n; i++) {
        double e = ulps(expected[i], powl(x[i], y[i]));
        CHECK(e <= 0.502, "pow(%a, %a) is %a, %.4f ulp off", x[i], y[i], expected[i], e);
        CHECK(expected[i] != 0 || !signbit(expected[i]) == !signbit(powl(x[i], y[i])), "sign of pow(%a, %a)", x[i],
              y[i]);
        *worst = e > *worst ? e : *worst;
    }
}

static void check_pow(void)
{
    static float x[BATCH], y[BATCH];
    double worst = 0;
    for (size_t i = 0; i < N_POW; i++) {
        for (size_t j = 0; j < N_POW; j++) {
            x[j] = pow_values[i];
            y[j] = pow_values[j];
        }
        check_pow_batch(x, y, N_POW, &worst);
    }
    uint32_t seed = 1;
    for (int round = 0; round < 300; round++) {
        for (size_t i = 0; i < BATCH; i++) {
            seed = seed * 1664525u + 1013904223u;
            x[i] = from_bits(seed & 0x7fffffffu);
            seed = seed * 1664525u + 1013904223u;
            y[i] = (float)(int32_t)seed * (round % 3 == 0 ? 0x1p-30f : round % 3 == 1 ? 0x1p-26f : 0x1p-35f);
        }
        check_pow_batch(x, y, BATCH, &worst);
    }
    printf("%-10s %.4f ulp\n", "pow", worst);
}

/* Exponents that have a loop of their own must give what the general one gives. */
static void check_scalar_pow(void)
{
    static float x[BATCH], y[BATCH], expected[BATCH], got[BATCH];
    static const float exponents[] = {2.0f, 3.0f, 0.5f, -1.0f};
    for (size_t i = 0; i < BATCH; i++)
        x[i] = i < N_POW ? pow_values[i] : from_bits((uint32_t)i * 4201013u);
    for (int e = 0; e < 4; e++)
        for (int level = 0; level <= (int)oct_cpu_detect(); level++) {
            for (size_t i = 0; i < BATCH; i++)
                y[i] = exponents[e];
            run(OCT_CPU_REF, OCT_MAP_POW, expected, x, y, BATCH, 0, 0);
            const oct_tile tile = {.rows = 1, .n = BATCH, .base = {got, x, y}, .stride = {1, 1, 0}};
            oct_map_select((oct_cpu_level)level, OCT_MAP_POW, OCTET_F32)(&(oct_map_args){&tile, 0, 0, OCT_MAP_POW, OCTET_F32});
            for (size_t i = 0; i < BATCH; i++) {
                CHECK(same(got[i], expected[i]), "pow(%a, scalar %g)", x[i], exponents[e]);
                CHECK(e != 0 || same(got[i], x[i] * x[i]), "pow(%a, 2)", x[i]);
            }
        }
}

static void check_one_lane_forms(void)
{
    CHECK(oct_exp_f32(1.0f) == 0x1.5bf0a8p1f, "exp(1) is %a", oct_exp_f32(1.0f));
    CHECK(oct_log_f32(10.0f) == 0x1.26bb1cp1f, "log(10) is %a", oct_log_f32(10.0f));
    CHECK(oct_pow_f32(3.0f, 4.0f) == 81.0f, "pow(3, 4) is %a", oct_pow_f32(3.0f, 4.0f));
    CHECK(oct_sigmoid_f32(0) == 0.5f && oct_tanh_f32(0) == 0 && oct_erf_f32(0) == 0 && oct_gelu_f32(0) == 0 &&
          oct_gelu_tanh_f32(0) == 0 && oct_mish_f32(0) == 0 && oct_elu_f32(0, 1) == 0 && oct_celu_f32(0, 1) == 0 &&
          oct_softplus_f32(0) == 0x1.62e43p-1f, "a function of 0");
}

int main(int argc, char **argv)
{
    uint64_t step = argc > 1 ? strtoull(argv[1], NULL, 10) : DEFAULT_STEP;
    check_edges();
    check_pow();
    check_scalar_pow();
    check_one_lane_forms();
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++)
        check_function(&functions[i], step ? step : DEFAULT_STEP);
    return check_done();
}
