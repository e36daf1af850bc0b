/* GMAC/s of the float convolution kernels on the layers of four networks, with the fma peak measured in between.
 *
 *   bench_conv_f32 [--level avx2] [--net 15ms] [--ms 100]     a table, each layer repeated for so long, caches warm
 *   bench_conv_f32 --sequence 20 [--level avx2] [--net 15ms]  all layers in order, 20 times: weights cold as in a network
 *   bench_conv_f32 --serve                                    one layer per input line, for kernels_conv_f32_vs_ort.py:
 *       "C OC H K stride pad groups residual ms"  ->  "best_us median_us peak_gmacs macs name"
 *
 * Padding taps count as work here ("nominal"), so a kernel that skips them can exceed the peak.
 * SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "kernels/conv_f32.h"
#include "../tests/kernels/conv_f32_layers.h"
#include "fma_peak.h"

#define MAX_REPS 100000

static double now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec * 1e-3;
}

static const char *level_name; /* of the kernels measured */

static double peak_gmacs(void)
{
    double best = 0;
    for (int i = 0; i < 20; i++) {
        double start = now_us(), macs = fma_peak_macs(level_name, 5000);
        double gmacs = macs / (now_us() - start) * 1e-3;
        best = gmacs > best ? gmacs : best;
    }
    return best;
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static oct_conv_f32_shape layer_shape(const conv_layer *l)
{
    int OH = (l->H + 2 * l->pad - l->K) / l->stride + 1;
    return (oct_conv_f32_shape){
        .N = 1, .H = l->H, .W = l->H, .C = l->C, .OH = OH, .OW = OH, .OC = l->OC, .KH = l->K, .KW = l->K,
        .G = l->groups, .stride_h = l->stride, .stride_w = l->stride, .dilation_h = 1, .dilation_w = 1,
        .pad_top = l->pad, .pad_left = l->pad, .x_pitch = l->C, .y_pitch = l->OC, .r_pitch = l->OC,
        .has_residual = l->residual != 0, .act = {OCT_ACT_CLAMP, 0, INFINITY, 0}};
}

static float *random_floats(size_t n)
{
    static uint32_t state = 1;
    float *p = oct_alloc_aligned(n * sizeof(float));
    if (!p)
        exit(1);
    for (size_t i = 0; i < n; i++) {
        state = state * 1664525u + 1013904223u;
        p[i] = (float)(state >> 8) * 0x1p-24f - 0.5f;
    }
    return p;
}

/* A layer with weights of its own; the pixels may be shared. */
typedef struct job {
    oct_conv_f32_shape s;
    size_t n_x, n_y, n_items;
    double macs;
    float *packed;
    void *scratch;
} job;

static job job_new(const oct_conv_f32 *k, const conv_layer *l)
{
    job j = {.s = layer_shape(l)};
    const oct_conv_f32_shape *s = &j.s;
    size_t n_w = (size_t)s->OC * (size_t)(s->C / s->G) * (size_t)s->KH * (size_t)s->KW;
    float *w = random_floats(n_w);
    j.n_x = (size_t)s->H * (size_t)s->W * (size_t)s->C;
    j.n_y = (size_t)s->OH * (size_t)s->OW * (size_t)s->OC;
    j.macs = (double)j.n_y * (double)n_w / s->OC;
    j.n_items = k->n_items(s);
    j.packed = oct_alloc_aligned(k->packed_size(s));
    j.scratch = oct_alloc_aligned(k->scratch_size(s) + 64);
    if (!j.packed || !j.scratch)
        exit(1);
    k->pack(j.packed, s, &(oct_conv_f32_weights){.w = w, .stride_o = (int64_t)n_w / s->OC, .stride_i = s->KH * s->KW, .stride_t = 1});
    oct_free_aligned(w);
    return j;
}

static void job_free(job *j)
{
    oct_free_aligned(j->packed);
    oct_free_aligned(j->scratch);
}

static double job_run(const job *j, const oct_conv_f32 *k, const float *x, const float *r, float *y)
{
    oct_conv_f32_args a = {.shape = &j->s, .packed = j->packed, .x = x, .residual = r, .y = y, .scratch = j->scratch};
    double start = now_us();
    for (size_t i = 0; i < j->n_items; i++)
        k->run(&a, i);
    return now_us() - start;
}

typedef struct timing {
    double best, median, macs;
} timing;

/* Repeats the layer for about `ms` milliseconds. */
static timing time_layer(const oct_conv_f32 *k, const conv_layer *l, double ms)
{
    job j = job_new(k, l);
    float *x = random_floats(j.n_x), *r = random_floats(j.n_y), *y = random_floats(j.n_y);
    double *us = malloc(MAX_REPS * sizeof(double));
    if (!us)
        exit(1);
    int n = 0;
    for (double begin = now_us(); n < 3 || (n < MAX_REPS && now_us() - begin < ms * 1e3); n++)
        us[n] = job_run(&j, k, x, r, y);
    qsort(us, (size_t)n, sizeof(double), compare_doubles);
    timing t = {us[0], us[n / 2], j.macs};
    free(us);
    oct_free_aligned(y);
    oct_free_aligned(r);
    oct_free_aligned(x);
    job_free(&j);
    return t;
}

static void print_layer(const oct_conv_f32 *k, const conv_layer *l, const timing *t, double peak)
{
    char name[64];
    oct_conv_f32_shape s = layer_shape(l);
    snprintf(name, sizeof(name), "%dx%d/%d %d->%d @%d g%d%s", l->K, l->K, l->stride, l->C, l->OC, l->H, l->groups,
             l->residual ? " +r" : "");
    printf("%c   %2d  %-28s %8.1f   %8.1f  %6.2f  %5.1f   %s\n", l->net, l->count, name, t->best, t->median,
           t->macs / t->best * 1e-3, t->macs / t->best * 1e-1 / peak, k->describe(&s));
}

#define MAX_LAYERS 128

/* The layers of one network one after the other, each repetition with its own weights; the output of one is the input of
the next. Prints the best and median time of each layer and of the sum. */
static void sequence(const oct_conv_f32 *k, char net, int n_passes)
{
    static job jobs[MAX_LAYERS];
    static double us[MAX_LAYERS + 1][1000];
    const conv_layer *layers[MAX_LAYERS];
    size_t n_max = 0;
    int n = 0;
    for (size_t i = 0; i < sizeof(conv_layers) / sizeof(*conv_layers); i++)
        for (int repeat = 0; conv_layers[i].net == net && repeat < conv_layers[i].count; repeat++) {
            layers[n] = &conv_layers[i];
            jobs[n] = job_new(k, layers[n]);
            n_max = jobs[n].n_x > n_max ? jobs[n].n_x : n_max;
            n_max = jobs[n].n_y > n_max ? jobs[n].n_y : n_max;
            n++;
        }
    float *buffers[3] = {random_floats(n_max), random_floats(n_max), random_floats(n_max)};
    double peak = peak_gmacs(), macs = 0;
    n_passes = n_passes > 1000 ? 1000 : n_passes;
    for (int pass = 0; pass < n_passes; pass++) {
        us[n][pass] = 0;
        for (int i = 0; i < n; i++) {
            us[i][pass] = job_run(&jobs[i], k, buffers[2 * i % 3], buffers[(2 * i + 1) % 3], buffers[(2 * i + 2) % 3]);
            us[n][pass] += us[i][pass];
        }
    }
    printf("net  x  layer, in sequence           us best  us median  GMAC/s  %% peak  kernel\n");
    for (int i = 0; i <= n; i++)
        qsort(us[i], (size_t)n_passes, sizeof(double), compare_doubles);
    for (int i = 0; i < n; i++) {
        timing t = {us[i][0], us[i][n_passes / 2], jobs[i].macs};
        if (i == 0 || layers[i] != layers[i - 1])
            print_layer(k, layers[i], &t, peak);
        macs += jobs[i].macs;
        job_free(&jobs[i]);
    }
    printf("%c: %.3f ms best, %.3f ms median, %.2f GMAC/s, %.1f %% of peak\n", net, us[n][0] * 1e-3,
           us[n][n_passes / 2] * 1e-3, macs / us[n][0] * 1e-3, macs / us[n][0] * 1e-1 / peak);
    for (int i = 0; i < 3; i++)
        oct_free_aligned(buffers[i]);
}

static int serve(const oct_conv_f32 *k)
{
    conv_layer l = {.net = '?'};
    double ms;
    while (scanf("%d %d %d %d %d %d %d %d %lf", &l.C, &l.OC, &l.H, &l.K, &l.stride, &l.pad, &l.groups, &l.residual, &ms) == 9) {
        double peak = peak_gmacs();
        timing t = time_layer(k, &l, ms);
        oct_conv_f32_shape s = layer_shape(&l);
        printf("%.2f %.2f %.2f %.0f %s\n", t.best, t.median, peak, t.macs, k->describe(&s));
        fflush(stdout);
    }
    return 0;
}

static void table(const oct_conv_f32 *k, const char *nets, double ms)
{
    double total_best = 0, total_macs = 0;
    printf("net  x  layer                        us best  us median  GMAC/s  %% peak  kernel\n");
    for (size_t i = 0; i < sizeof(conv_layers) / sizeof(*conv_layers); i++) {
        const conv_layer *l = &conv_layers[i];
        if (!strchr(nets, l->net))
            continue;
        double peak = peak_gmacs();
        timing t = time_layer(k, l, ms);
        print_layer(k, l, &t, peak);
        total_best += t.best * l->count;
        total_macs += t.macs * l->count;
    }
    printf("sum of the best: %.3f ms, %.3f GMAC, %.2f GMAC/s\n", total_best * 1e-3, total_macs * 1e-9,
           total_macs / total_best * 1e-3);
}

int main(int argc, char **argv)
{
    const char *nets = "15ms", *wanted = NULL;
    double ms = 100;
    int n_passes = 0;
    int serving = argc > 1 && strcmp(argv[1], "--serve") == 0;
    for (int i = 1 + serving; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--net") == 0)
            nets = argv[i + 1];
        else if (strcmp(argv[i], "--level") == 0)
            wanted = argv[i + 1];
        else if (strcmp(argv[i], "--ms") == 0)
            ms = atof(argv[i + 1]);
        else if (strcmp(argv[i], "--sequence") == 0)
            n_passes = atoi(argv[i + 1]);
    }
    oct_cpu_level level;
    octet_error err;
    if (oct_cpu_parse(&level, wanted, &err) != OCTET_OK) {
        fprintf(stderr, "%s\n", err.message);
        return 2;
    }
    level_name = oct_cpu_name(level);
    const oct_conv_f32 *k = oct_conv_f32_select(level);
    if (serving)
        return serve(k);
    printf("level %s, fma peak %.1f GMAC/s\n", oct_cpu_name(level), peak_gmacs());
    for (const char *net = nets; *net; net++) {
        if (n_passes > 0)
            sequence(k, *net, n_passes);
        else
            table(k, (const char[]){*net, 0}, ms);
    }
    return 0;
}
