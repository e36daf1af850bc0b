/* Nanoseconds an element of the elementwise maps, reductions and softmax, per CPU level, on data in the second-level
 * cache: `ninja bench_map_f32 && tests/kernels_misc/bench_map_f32`. CPU time of the best of 30 runs.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <time.h>

#include "base/compiler.h"
#include "kernels/map.h"
#include "kernels/reduce.h"

#define N_RUNS 30
#define N_MOST (1 << 18) /* floats of a buffer */

static float x[N_MOST], y[N_MOST], z[N_MOST];

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* rows x n elements; the second and further inputs: like x, one per column, or one number. */
typedef enum second { SAME, PER_COLUMN, NUMBER } second;

static const struct map_case {
    const char *name;
    oct_map_op op;
    size_t rows, n;
    second second;
} map_cases[] = {
    {"relu", OCT_MAP_RELU, 1, 100352, SAME},
    {"add", OCT_MAP_ADD, 1, 100352, SAME},
    {"clip", OCT_MAP_CLIP, 1, 100352, NUMBER},
    {"mul 32 channels", OCT_MAP_MUL, 3136, 32, PER_COLUMN},
    {"mul 16 channels", OCT_MAP_MUL, 6272, 16, PER_COLUMN},
    {"normalize 32 channels", OCT_MAP_NORMALIZE, 3136, 32, PER_COLUMN},
    {"hard_swish", OCT_MAP_HARD_SWISH, 1, 100352, SAME},
    {"sigmoid", OCT_MAP_SIGMOID, 1, 100352, SAME},
    {"tanh", OCT_MAP_TANH, 1, 100352, SAME},
    {"exp", OCT_MAP_EXP, 1, 100352, SAME},
    {"log", OCT_MAP_LOG, 1, 100352, SAME},
    {"erf", OCT_MAP_ERF, 1, 100352, SAME},
    {"gelu", OCT_MAP_GELU, 1, 100352, SAME},
    {"gelu_tanh", OCT_MAP_GELU_TANH, 1, 100352, SAME},
    {"softplus", OCT_MAP_SOFTPLUS, 1, 100352, SAME},
    {"mish", OCT_MAP_MISH, 1, 100352, SAME},
    {"pow", OCT_MAP_POW, 1, 100352, SAME},
};

static double time_map(const struct map_case *c, oct_cpu_level level)
{
    int64_t n = (int64_t)c->n, pitch = c->second == SAME ? n : 0, stride = c->second != NUMBER;
    const oct_tile tile = {.rows = c->rows, .n = c->n, .base = {y, x, z, z, z, z},
                           .pitch = {n, n, pitch, pitch, pitch, pitch},
                           .stride = {1, 1, stride, stride, stride, stride}};
    double best = 1e18;
    for (int i = 0; i < N_RUNS; i++) {
        double start = now_ns();
        oct_map_select(level, c->op, OCTET_F32)(&(oct_map_args){&tile, 0.3f, 0.5f, c->op, OCTET_F32});
        double ns = now_ns() - start;
        best = ns < best ? ns : best;
    }
    return best / (double)(c->rows * c->n);
}

/* `results` results of n elements; channels-last: neighbours are results, else the elements of one. */
static const struct reduce_case {
    const char *name;
    int softmax, op, channels_last;
    int64_t results, n;
} reduce_cases[] = {
    {"mean 7x7, 2048 channels-last", 0, OCT_REDUCE_MEAN, 1, 2048, 49},
    {"mean 7x7, 2048 planes", 0, OCT_REDUCE_MEAN, 0, 2048, 49},
    {"mean of 768, 197 rows", 0, OCT_REDUCE_MEAN, 0, 197, 768},
    {"softmax of 1000", 1, OCT_SOFTMAX, 0, 1, 1000},
    {"softmax of 197, 600 rows", 1, OCT_SOFTMAX, 0, 600, 197},
    {"softmax of 21 across 4096", 1, OCT_SOFTMAX, 1, 4096, 21},
};

static double time_reduce(const struct reduce_case *c, oct_cpu_level level)
{
    int64_t beside = c->channels_last ? 1 : c->n, along = c->channels_last ? c->results : 1;
    const oct_tile tile = {.rows = 1, .n = (size_t)c->results, .base = {y, x},
                           .stride = {c->softmax ? beside : 1, beside}};
    const oct_axes axes = {.rank = 1, .dims = {c->n}, .x = {along}, .y = {c->softmax ? along : 0}};
    const oct_reduce_f32 *kernel = oct_reduce_f32_select(level);
    double best = 1e18;
    for (int i = 0; i < N_RUNS; i++) {
        double start = now_ns();
        (c->softmax ? kernel->softmax : kernel->reduce)(&(oct_reduce_args){&tile, &axes, c->op});
        double ns = now_ns() - start;
        best = ns < best ? ns : best;
    }
    return best / (double)(c->results * c->n);
}

int main(void)
{
    oct_cpu_level best = oct_cpu_detect() >= OCT_CPU_AVX2 ? OCT_CPU_AVX2 : OCT_CPU_REF;
    for (int i = 0; i < N_MOST; i++) {
        x[i] = (float)(i % 4001 - 2000) * 1e-3f;
        z[i] = (float)(i % 1009) * 1e-3f;
    }
    printf("%-30s %8s %8s   ns an element\n", "", "ref", oct_cpu_name(best));
    for (size_t i = 0; i < OCT_COUNT(map_cases); i++)
        printf("%-30s %8.3f %8.3f\n", map_cases[i].name, time_map(&map_cases[i], OCT_CPU_REF),
               time_map(&map_cases[i], best));
    for (size_t i = 0; i < OCT_COUNT(reduce_cases); i++)
        printf("%-30s %8.3f %8.3f\n", reduce_cases[i].name, time_reduce(&reduce_cases[i], OCT_CPU_REF),
               time_reduce(&reduce_cases[i], best));
    return 0;
}
