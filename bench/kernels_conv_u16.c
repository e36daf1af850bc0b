/* GMAC/s of the 16-bit convolution kernels on the layers of four networks, beside the vpdpbusd peak measured before each.
 *
 *   bench_conv_u16 [--weights 16] [--level avx2] [--net 5ms] [--ms 50]     each layer repeated for so long, caches warm
 *
 * A product of 16 by 8 bits is two of 8 bits, one of 16 by 16 four: the limit is a half or a quarter of the peak, of which
 * the fraction is printed. Padding taps count as work here ("nominal"), so a kernel that skips them can exceed it.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "kernels/conv_u16.h"
#include "../tests/kernels/conv_f32_layers.h"
#include "int_timing.h"

static oct_conv_int_shape layer_shape(const conv_layer *l, int wide)
{
    const int OH = (l->H + 2 * l->pad - l->K) / l->stride + 1;
    return (oct_conv_int_shape){.N = 1, .H = l->H, .W = l->H, .C = l->C, .OH = OH, .OW = OH, .OC = l->OC, .KH = l->K,
                                .KW = l->K, .G = l->groups, .stride_h = l->stride, .stride_w = l->stride,
                                .dilation_h = 1, .dilation_w = 1, .pad_top = l->pad, .pad_left = l->pad,
                                .out = OCT_CONV_INT_U16, .wide_weights = wide};
}

static void *random_words(size_t n)
{
    static uint32_t state = 1;
    uint16_t *p = oct_alloc_aligned(n * sizeof *p);
    if (!p)
        exit(1);
    for (size_t i = 0; i < n; i++) {
        state = state * 1664525u + 1013904223u;
        p[i] = (uint16_t)(state >> 16);
    }
    return p;
}

typedef struct timing {
    double best, median, macs;
} timing;

/* Packed weights of random numbers; to be freed. */
static void *pack_random(const oct_conv_u16 *k, const oct_conv_int_shape *s, size_t K)
{
    const float x_scale = 0.02f, w_scale = 0.01f, y_scale = 0.5f;
    void *w = random_words(K * (size_t)s->OC), *packed = random_words(k->packed_size(s) / 2);
    const oct_conv_u16_file file = {.w = w, .dtype = s->wide_weights ? OCTET_I16 : OCTET_I8, .stride_o = (int64_t)K,
                                    .stride_i = (int64_t)s->KH * s->KW, .x_scale = &x_scale, .w_scale = &w_scale,
                                    .y_scale = &y_scale, .x_zero = 7};
    k->pack(packed, s, &(oct_conv_u16_weights){.file = &file});
    oct_free_aligned(w);
    return packed;
}

/* Repeats the layer for about `ms` milliseconds. */
static timing time_layer(const oct_conv_u16 *k, const oct_conv_int_shape *s, double ms)
{
    static double us[MAX_REPS];
    const size_t K = (size_t)(s->C / s->G) * (size_t)s->KH * (size_t)s->KW, n_items = k->n_items(s);
    const size_t n_y = (size_t)s->OH * (size_t)s->OW * (size_t)s->OC;
    void *x = random_words((size_t)s->H * (size_t)s->W * (size_t)s->C), *y = random_words(n_y);
    void *packed = pack_random(k, s, K);
    const oct_conv_u16_args a = {s, x, packed, 3, y};
    int n = 0;
    for (double begin = now_us(); n < 3 || (n < MAX_REPS && now_us() - begin < ms * 1e3); n++) {
        const double start = now_us();
        for (size_t i = 0; i < n_items; i++)
            k->run(&a, i);
        us[n] = now_us() - start;
    }
    qsort(us, (size_t)n, sizeof(double), compare_doubles);
    oct_free_aligned(packed);
    oct_free_aligned(y);
    oct_free_aligned(x);
    return (timing){us[0], us[n / 2], (double)n_y * (double)K};
}

static void table(const oct_conv_u16 *k, int wide, char net, double ms)
{
    double total_best = 0, total_macs = 0;
    printf("net  x  layer                        us best  us median  GMAC/s  %% limit  kernel\n");
    for (size_t i = 0; i < sizeof(conv_layers) / sizeof(*conv_layers); i++) {
        const conv_layer *l = &conv_layers[i];
        if (l->net != net)
            continue;
        const double limit = peak_gmacs() / (wide ? 4 : 2);
        const oct_conv_int_shape s = layer_shape(l, wide);
        const timing t = time_layer(k, &s, ms);
        char name[64];
        snprintf(name, sizeof(name), "%dx%d/%d %d->%d @%d g%d", l->K, l->K, l->stride, l->C, l->OC, l->H, l->groups);
        printf("%c   %2d  %-28s %8.1f   %8.1f  %6.1f  %5.1f   %s\n", net, l->count, name, t.best, t.median,
               t.macs / t.best * 1e-3, limit > 0 ? t.macs / t.best * 1e-1 / limit : 0.0, k->describe(&s));
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
    int wide = 0;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--net") == 0)
            nets = argv[i + 1];
        else if (strcmp(argv[i], "--level") == 0)
            level_name = argv[i + 1];
        else if (strcmp(argv[i], "--weights") == 0)
            wide = atoi(argv[i + 1]) == 16;
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
        table(oct_conv_u16_select(level), wide, *net, ms);
    return 0;
}
