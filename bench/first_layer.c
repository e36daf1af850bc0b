/* The first layers of four networks at 224x224 and 1920x1080, one thread: what the border classes of the exact fold cost in
 * the convolution, and what uint8 pixels to output takes with the normalization on the host and folded. Markdown on stdout.
 *
 *     bench_first_layer [SECONDS [LEVEL]]    seconds a line (default 2), CPU level (default: the best)
 *
 * What is compared runs in turn, beginning with another one in each round. Times are thread CPU time, so other work on the
 * machine shows only through its caches; the least time is given besides the median. Intervals are the sign test's.
 * SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 199309L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <octet/image.h>
#include <octet/octet.h>

#include "../cli/statistics.h"
#include "../tests/onnx/message.h"
#include "base/mem.h"
#include "kernels/conv_f32.h"
#include "kernels/conv_f32_border.h"

typedef struct layer {
    const char *network;
    int K, stride, pad, OC;
} layer;

static const layer layers[] = {
    {"ResNet", 7, 2, 3, 64},
    {"MobileNet", 3, 2, 1, 32},
    {"SqueezeNet", 3, 2, 0, 64},
    {"tinydarknet", 3, 1, 1, 16},
};
static const struct {
    int W, H;
} sizes[] = {{224, 224}, {1920, 1080}};

#define N_LAYERS (sizeof layers / sizeof *layers)
#define N_SIZES (sizeof sizes / sizeof *sizes)
#define MOST_ROUNDS 20000
#define FEWEST_ROUNDS 20
#define MOST_VARIANTS 3

static const octet_recipe recipe = {.order = OCTET_RGB,
                                    .layout = OCTET_NCHW,
                                    .mean = {123.675f, 116.28f, 103.53f},
                                    .scale = {1 / 58.395f, 1 / 57.12f, 1 / 57.375f}};

static void *check(void *p)
{
    if (!p) {
        fputs("bench_first_layer: out of memory\n", stderr);
        exit(5);
    }
    return p;
}

static double cpu_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec * 1e-3;
}

static uint32_t next_random(void)
{
    static uint32_t state = 1;
    state = state * 1664525u + 1013904223u; /* Knuth, TAOCP vol. 2, table 3.3.4 */
    return state >> 8;
}

static float *random_weights(size_t n)
{
    float *w = check(malloc(n * sizeof *w));
    for (size_t i = 0; i < n; i++)
        w[i] = (float)next_random() * 0x1p-24f - 0.5f;
    return w;
}

/* ---- measuring ---- */

typedef struct variant {
    void (*run)(void *context);
    void *context;
} variant;

typedef struct measurement {
    double least, median;  /* us */
    cli_estimate slowness; /* time / time of the first variant, round by round */
} measurement;

static void sum_up(measurement *out, double *us[], size_t n_variants, size_t n_rounds)
{
    static double ratios[MOST_ROUNDS];
    for (size_t v = n_variants; v-- > 0;) { /* the first last: sorting breaks the pairs */
        for (size_t r = 0; r < n_rounds; r++)
            ratios[r] = us[v][r] / us[0][r];
        out[v].slowness = cli_median_estimate(ratios, n_rounds);
        out[v].median = cli_median(us[v], n_rounds);
        out[v].least = us[v][0];
    }
}

static void measure(measurement *out, const variant *variants, size_t n_variants, double seconds)
{
    double *us[MOST_VARIANTS];
    for (size_t v = 0; v < n_variants; v++) {
        us[v] = check(malloc(MOST_ROUNDS * sizeof **us));
        variants[v].run(variants[v].context); /* warm up */
    }
    size_t n = 0;
    for (double begin = cpu_us(); n < MOST_ROUNDS && (n < FEWEST_ROUNDS || cpu_us() - begin < seconds * 1e6); n++)
        for (size_t i = 0; i < n_variants; i++) {
            size_t v = (n + i) % n_variants;
            double start = cpu_us();
            variants[v].run(variants[v].context);
            us[v][n] = cpu_us() - start;
        }
    sum_up(out, us, n_variants, n);
    for (size_t v = 0; v < n_variants; v++)
        free(us[v]);
}

/* ---- the convolution alone, with one bias and with one a border class ---- */

typedef struct conv {
    const oct_conv_f32 *kernel;
    oct_conv_f32_shape shape;
    oct_conv_f32_args args;
} conv;

static oct_conv_f32_shape shape_of(const layer *l, int W, int H, int class_bias)
{
    int OH = (H + 2 * l->pad - l->K) / l->stride + 1, OW = (W + 2 * l->pad - l->K) / l->stride + 1;
    return (oct_conv_f32_shape){.N = 1, .H = H, .W = W, .C = 3, .OH = OH, .OW = OW, .OC = l->OC, .KH = l->K, .KW = l->K, .G = 1,
                                .stride_h = l->stride, .stride_w = l->stride, .dilation_h = 1, .dilation_w = 1,
                                .pad_top = l->pad, .pad_left = l->pad, .x_pitch = 3, .y_pitch = l->OC, .r_pitch = l->OC,
                                .class_bias = class_bias};
}

static void conv_init(conv *c, const oct_conv_f32 *kernel, const layer *l, int W, int H, int class_bias)
{
    *c = (conv){.kernel = kernel, .shape = shape_of(l, W, H, class_bias)};
    const oct_conv_f32_shape *s = &c->shape;
    size_t area = (size_t)(l->K * l->K), n_biases = class_bias ? (size_t)oct_conv_f32_n_classes(s) : 1;
    float *w = random_weights((size_t)s->OC * 3 * area), *bias = random_weights(n_biases * (size_t)s->OC);
    void *packed = check(oct_alloc_aligned(kernel->packed_size(s)));
    kernel->pack(packed, s, &(oct_conv_f32_weights){.w = w, .stride_o = 3 * (int64_t)area, .stride_i = (int64_t)area, .stride_t = 1,
                                                    .bias = bias});
    c->args = (oct_conv_f32_args){.shape = s, .packed = packed,
                                  .scratch = check(oct_alloc_aligned(kernel->scratch_size(s) + 64))};
    free(w);
    free(bias);
}

static void conv_fini(conv *c)
{
    oct_free_aligned((void *)(uintptr_t)c->args.packed);
    oct_free_aligned(c->args.scratch);
}

static void conv_run(void *context)
{
    const conv *c = context;
    const size_t n_items = c->kernel->n_items(&c->shape);
    for (size_t i = 0; i < n_items; i++)
        c->kernel->run(&c->args, i);
}

/* One bias; one a class; one bias again with memory of its own, which shows what a difference means. */
static void measure_border(measurement out[3], const oct_conv_f32 *kernel, const layer *l, int W, int H, double seconds)
{
    conv convs[3];
    for (int i = 0; i < 3; i++)
        conv_init(&convs[i], kernel, l, W, H, i == 1);
    const oct_conv_f32_shape *s = &convs[0].shape;
    size_t n_x = (size_t)W * (size_t)H * 3;
    float *x = check(oct_alloc_aligned(n_x * sizeof *x));
    float *y = check(oct_alloc_aligned((size_t)s->OH * (size_t)s->OW * (size_t)s->OC * sizeof *y));
    for (size_t i = 0; i < n_x; i++)
        x[i] = (float)(next_random() & 255);
    for (int i = 0; i < 3; i++) {
        convs[i].args.x = x;
        convs[i].args.y = y;
    }
    measure(out, (const variant[]){{conv_run, &convs[0]}, {conv_run, &convs[1]}, {conv_run, &convs[2]}}, 3, seconds);
    oct_free_aligned(x);
    oct_free_aligned(y);
    for (int i = 0; i < 3; i++)
        conv_fini(&convs[i]);
}

/* ---- pixels to output: a model of one convolution ---- */

typedef struct net {
    octet_program *program;
    octet_session *session;
    const octet_image *image;
    octet_recipe recipe;
} net;

static void add_transpose(msg *m, const char *name, const char *in, const char *out, const int64_t perm[4])
{
    size_t node = msg_node(m, "Transpose", name, in, out);
    msg_attr_ints(m, "perm", 4, perm);
    msg_close(m, node);
}

/* x [1,3,H,W], or [1,H,W,3] and a Transpose, -> Conv -> Transpose -> y [1,OH,OW,OC], as the engine has it inside */
static msg make_model(const layer *l, int W, int H, octet_pixel_layout layout)
{
    msg m = {0};
    const oct_conv_f32_shape s = shape_of(l, W, H, 0);
    const size_t n_w = (size_t)(l->OC * 3 * l->K * l->K);
    float *w = random_weights(n_w), *bias = random_weights((size_t)l->OC);
    size_t graph = msg_model(&m, 8, 17);
    const bool nhwc = layout == OCTET_NHWC;
    msg_value(&m, MSG_INPUT, "x", OCTET_F32, 4, nhwc ? (int64_t[]){1, H, W, 3} : (int64_t[]){1, 3, H, W});
    if (nhwc)
        add_transpose(&m, "to_nchw", "x", "v", (const int64_t[]){0, 3, 1, 2});
    msg_tensor(&m, "w", OCTET_F32, 4, (const int64_t[]){l->OC, 3, l->K, l->K}, w, n_w * sizeof *w);
    msg_tensor_f32(&m, "bias", l->OC, bias);
    size_t node = msg_node(&m, "Conv", "conv", nhwc ? "v,w,bias" : "x,w,bias", "c");
    msg_attr_ints(&m, "strides", 2, (const int64_t[]){l->stride, l->stride});
    msg_attr_ints(&m, "pads", 4, (const int64_t[]){l->pad, l->pad, l->pad, l->pad});
    msg_close(&m, node);
    add_transpose(&m, "to_nhwc", "c", "y", (const int64_t[]){0, 2, 3, 1});
    msg_value(&m, MSG_OUTPUT, "y", OCTET_F32, 4, (const int64_t[]){1, s.OH, s.OW, l->OC});
    msg_model_end(&m, graph);
    free(w);
    free(bias);
    return m;
}

static void net_init(net *n, const layer *l, const octet_image *image, octet_pixel_layout layout, octet_placement placement,
                     const char *level)
{
    octet_error err;
    octet_model *model = NULL;
    msg m = make_model(l, image->width, image->height, layout);
    *n = (net){.image = image, .recipe = recipe};
    n->recipe.layout = layout;
    octet_compile_opts opts = {.cpu = level, .placement = placement, .recipe = &n->recipe};
    if (octet_model_load(&model, m.data, m.n, &err) != OCTET_OK ||
        octet_compile(&n->program, model, &opts, &err) != OCTET_OK ||
        octet_session_new(&n->session, n->program, NULL, &err) != OCTET_OK) {
        fprintf(stderr, "bench_first_layer: %s\n", err.message);
        exit(2);
    }
    octet_model_free(model);
    msg_free(&m);
}

static void net_fini(net *n)
{
    octet_session_free(n->session);
    octet_program_free(n->program);
}

static void run_host(void *context)
{
    const net *n = context;
    const size_t n_floats = octet_program_input(n->program, 0)->n_bytes / sizeof(float);
    octet_image_to_float(octet_session_input(n->session, 0), n_floats, n->image, &n->recipe, NULL);
    octet_session_run(n->session, NULL);
}

static void run_fold(void *context)
{
    const net *n = context;
    memcpy(octet_session_input(n->session, 0), n->image->pixels, octet_program_input(n->program, 0)->n_bytes);
    octet_session_run(n->session, NULL);
}

/* The first is the fold; then the host's for models of both layouts. */
static void measure_pixels(measurement out[3], const layer *l, int W, int H, const char *level, double seconds)
{
    octet_image image = {0};
    if (octet_image_new(&image, W, H, 3, NULL) != OCTET_OK)
        check(NULL);
    for (size_t i = 0; i < (size_t)W * (size_t)H * 3; i++)
        image.pixels[i] = (uint8_t)next_random();
    net fold, nchw, nhwc;
    net_init(&fold, l, &image, OCTET_NCHW, OCTET_PLACEMENT_FOLD, level);
    net_init(&nchw, l, &image, OCTET_NCHW, OCTET_PLACEMENT_HOST, level);
    net_init(&nhwc, l, &image, OCTET_NHWC, OCTET_PLACEMENT_HOST, level);
    measure(out, (const variant[]){{run_fold, &fold}, {run_host, &nchw}, {run_host, &nhwc}}, 3, seconds);
    net_fini(&fold);
    net_fini(&nchw);
    net_fini(&nhwc);
    octet_image_free(&image);
}

/* ---- tables ---- */

static void print_name(const layer *l, int W, int H)
{
    printf("| %s %dx%d/%d, 3 to %d | %dx%d |", l->network, l->K, l->K, l->stride, l->OC, W, H);
}

static void print_times(const measurement *m)
{
    printf(" %.3f (%.3f) |", m->least * 1e-3, m->median * 1e-3);
}

static void print_ratio(const measurement *first, const measurement *m)
{
    printf(" %.3f, %.3f (%.3f to %.3f) |", m->least / first->least, m->slowness.median, m->slowness.low, m->slowness.high);
}

static void border_table(oct_cpu_level level, double seconds)
{
    const oct_conv_f32 *kernel = oct_conv_f32_select(level);
    printf("| first layer | image | classes | one bias, ms least (median) | class biases | ratio of the least, of the rounds "
           "(95 %% interval) | control: one bias again |\n|---|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < N_LAYERS; i++)
        for (size_t k = 0; k < N_SIZES; k++) {
            const int W = sizes[k].W, H = sizes[k].H;
            const oct_conv_f32_shape s = shape_of(&layers[i], W, H, 1);
            measurement m[3];
            measure_border(m, kernel, &layers[i], W, H, seconds);
            print_name(&layers[i], W, H);
            printf(" %d |", (int)oct_conv_f32_n_classes(&s));
            print_times(&m[0]);
            print_times(&m[1]);
            print_ratio(&m[0], &m[1]);
            print_ratio(&m[0], &m[2]);
            putchar('\n');
            fflush(stdout);
        }
}

static void pixel_table(const char *level, double seconds)
{
    printf("| first layer | image | fold, ms least (median) | host, NCHW model | host / fold | host, NHWC model | host / fold |\n"
           "|---|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < N_LAYERS; i++)
        for (size_t k = 0; k < N_SIZES; k++) {
            measurement m[3];
            measure_pixels(m, &layers[i], sizes[k].W, sizes[k].H, level, seconds);
            print_name(&layers[i], sizes[k].W, sizes[k].H);
            print_times(&m[0]);
            print_times(&m[1]);
            print_ratio(&m[0], &m[1]);
            print_times(&m[2]);
            print_ratio(&m[0], &m[2]);
            putchar('\n');
            fflush(stdout);
        }
}

int main(int argc, char **argv)
{
    double seconds = argc > 1 ? atof(argv[1]) : 2;
    const char *name = argc > 2 ? argv[2] : NULL;
    oct_cpu_level level;
    octet_error err;
    if (seconds <= 0 || oct_cpu_parse(&level, name, &err) != OCTET_OK) {
        fprintf(stderr, "bench_first_layer: %s\n", seconds <= 0 ? "usage: bench_first_layer [SECONDS [LEVEL]]" : err.message);
        return 2;
    }
    printf("The convolution alone, on floats, CPU level %s: one bias a channel against one a border class and channel.\n\n",
           oct_cpu_name(level));
    border_table(level, seconds);
    printf("\nuint8 pixels to the output of the layer, CPU level %s: copied in and folded, against normalized to floats on the "
           "host.\n\n", oct_cpu_name(level));
    pixel_table(name, seconds);
    return 0;
}
