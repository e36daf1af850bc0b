/* GMAC/s of the integer convolution kernels on the layers of four networks, beside the vpdpbusd peak measured before each.
 *
 *   bench_conv_u8s8 [--level avx2] [--net 5ms] [--ms 50]     a table, each layer repeated for so long, caches warm
 *
 * Padding taps count as work here ("nominal"), so a kernel that skips them can exceed the peak.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "kernels/conv_u8s8.h"
#include "../tests/kernels/conv_f32_layers.h"
#include "int_timing.h"

static oct_conv_int_shape layer_shape(const conv_layer *l)
{
    const int OH = (l->H + 2 * l->pad - l->K) / l->stride + 1;
    return (oct_conv_int_shape){.N = 1, .H = l->H, .W = l->H, .C = l->C, .OH = OH, .OW = OH, .OC = l->OC, .KH = l->K,
                                .KW = l->K, .G = l->groups, .stride_h = l->stride, .stride_w = l->stride,
                                .dilation_h = 1, .dilation_w = 1, .pad_top = l->pad, .pad_left = l->pad, .w_signed = 1,
                                .out = OCT_CONV_INT_U8};
}

static uint8_t *random_bytes(size_t n)
{
    static uint32_t state = 1;
    uint8_t *p = oct_alloc_aligned(n);
    if (!p)
        exit(1);
    for (size_t i = 0; i < n; i++) {
        state = state * 1664525u + 1013904223u;
        p[i] = (uint8_t)(state >> 24);
    }
    return p;
}

/* As trained networks have them: a bell with standard deviation 40, the largest near the ends of int8. */
static uint8_t *random_weights(size_t n)
{
    uint8_t *w = random_bytes(n), *more = random_bytes(3 * n);
    for (size_t i = 0; i < n; i++) {
        const int sum = w[i] + more[3 * i] + more[3 * i + 1] + more[3 * i + 2] - 510, v = sum * 40 / 147;
        w[i] = (uint8_t)(v < -127 ? -127 : v > 127 ? 127 : v);
    }
    oct_free_aligned(more);
    return w;
}

typedef struct timing {
    double best, median, macs;
} timing;

/* Repeats the layer for about `ms` milliseconds. */
static timing time_layer(const oct_conv_u8s8 *k, const conv_layer *l, double ms)
{
    static double us[MAX_REPS];
    const oct_conv_int_shape s = layer_shape(l);
    const size_t K = (size_t)(s.C / s.G) * (size_t)s.KH * (size_t)s.KW, n_items = k->n_items(&s);
    const size_t n_y = (size_t)s.OH * (size_t)s.OW * (size_t)s.OC;
    const float x_scale = 0.02f, w_scale = 0.01f, y_scale = 0.5f;
    uint8_t *w = random_weights(K * (size_t)s.OC), *x = random_bytes((size_t)s.H * (size_t)s.W * (size_t)s.C);
    uint8_t *y = random_bytes(n_y), *packed = random_bytes(k->packed_size(&s));
    const oct_conv_int_weights file = {.w = w, .stride_o = (int64_t)K, .stride_i = (int64_t)s.KH * s.KW,
                                       .x_scale = &x_scale, .w_scale = &w_scale, .y_scale = &y_scale};
    k->pack(packed, &s, &(oct_conv_u8s8_weights){.file = &file, .x_zero = 7});
    void *scratch = random_bytes(k->scratch_size(&s) + 1);
    const oct_conv_u8s8_args a = {.shape = &s, .x = x, .packed = packed, .y_zero = 3, .y = y, .scratch = scratch};
    int n = 0;
    for (double begin = now_us(); n < 3 || (n < MAX_REPS && now_us() - begin < ms * 1e3); n++) {
        const double start = now_us();
        k->run(&a, 0, n_items);
        us[n] = now_us() - start;
    }
    qsort(us, (size_t)n, sizeof(double), compare_doubles);
    oct_free_aligned(scratch);
    oct_free_aligned(packed);
    oct_free_aligned(y);
    oct_free_aligned(x);
    oct_free_aligned(w);
    return (timing){us[0], us[n / 2], (double)n_y * (double)K};
}

static void table(const oct_conv_u8s8 *k, char net, double ms)
{
    double total_best = 0, total_macs = 0;
    printf("net  x  layer                        us best  us median  GMAC/s  %% peak  kernel\n");
    for (size_t i = 0; i < sizeof(conv_layers) / sizeof(*conv_layers); i++) {
        const conv_layer *l = &conv_layers[i];
        if (l->net != net)
            continue;
        const double peak = peak_gmacs();
        const timing t = time_layer(k, l, ms);
        const oct_conv_int_shape s = layer_shape(l);
        char name[64];
        snprintf(name, sizeof(name), "%dx%d/%d %d->%d @%d g%d", l->K, l->K, l->stride, l->C, l->OC, l->H, l->groups);
        printf("%c   %2d  %-28s %8.1f   %8.1f  %6.1f  %5.1f   %s\n", net, l->count, name, t.best, t.median,
               t.macs / t.best * 1e-3, peak > 0 ? t.macs / t.best * 1e-1 / peak : 0.0, k->describe(&s));
        total_best += t.best * l->count;
        total_macs += t.macs * l->count;
    }
    printf("sum of the best: %.3f ms, %.3f GMAC, %.1f GMAC/s\n", total_best * 1e-3, total_macs * 1e-9,
           total_macs / total_best * 1e-3);
}

int main(int argc, char **argv)
{
    const char *nets = "15ms", *level_name = NULL;
    double ms = 50;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--net") == 0)
            nets = argv[i + 1];
        else if (strcmp(argv[i], "--level") == 0)
            level_name = argv[i + 1];
        else if (strcmp(argv[i], "--ms") == 0)
            ms = atof(argv[i + 1]);
    }
    oct_cpu_level level;
    octet_error err;
    if (oct_cpu_parse(&level, level_name, &err) != OCTET_OK) {
        fprintf(stderr, "%s\n", err.message);
        return 2;
    }
    printf("level %s, vpdpbusd peak %.1f GMAC/s\n", oct_cpu_name(level), peak_gmacs());
    for (const char *net = nets; *net; net++)
        table(oct_conv_u8s8_select(level), *net, ms);
    return 0;
}
