/* Float convolution: a naive oracle, written from the formula in conv_f32.h, against ref; ref against every level, bit
 * for bit. Buffers lie between unreadable pages, weights are destroyed as soon as the packer says it is done with them,
 * items run in random order. `--seed N` and `--cases N` repeat or extend the random part.
 * SPDX-License-Identifier: Apache-2.0 */
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "check.h"
#include "conv_f32_layers.h"
#include "guarded.h"
#include "kernels/conv_f32_border.h"

#ifdef TEST_EMULATED_AVX512
extern const oct_conv_f32 oct_conv_f32_avx512_emulated;
#endif

#define FILL 0xA5
#define MAX_FAILURES 20

typedef enum data_kind { GAUSS, INTEGERS, EXTREMES, SPICED, DENORMAL, N_DATA_KINDS } data_kind;
static const char *const data_names[N_DATA_KINDS] = {"gauss", "integers", "extremes", "spiced", "denormal"};

typedef struct test_case {
    oct_conv_f32_shape s;
    data_kind x_data, w_data;
    int scaled, biased, transposed; /* oc_scale; bias; weights stored [ICG, OC] (1x1 only) */
    int windowed;                   /* each item gets only the pixels that it says it reads */
} test_case;

typedef struct level {
    const char *name;
    const oct_conv_f32 *record;
} level;

static uint64_t random_state = 1;

static uint32_t random_u32(void)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    uint64_t v = random_state;
    v ^= v >> 33;
    v *= 0xff51afd7ed558ccdu;
    return (uint32_t)(v >> 32);
}

/* lo..hi, both included */
static int random_int(int lo, int hi)
{
    return lo + (int)(random_u32() % (uint32_t)(hi - lo + 1));
}

static float random_gauss(void)
{
    float sum = 0;
    for (int i = 0; i < 4; i++)
        sum += (float)random_u32() * 0x1p-32f - 0.5f;
    return sum * 1.7f;
}

static float random_value(data_kind kind)
{
    static const float extremes[] = {0.0f,     -0.0f,     INFINITY,    -INFINITY, NAN,   FLT_MIN,        -FLT_MIN,
                                     FLT_MAX,  -FLT_MAX,  FLT_MIN / 8, 1.0f,      -1.0f, FLT_TRUE_MIN,   -FLT_TRUE_MIN,
                                     1e30f,    -1e30f,    1e-30f,      0.5f,      -2.0f, 1.0f + FLT_EPSILON};
    switch (kind) {
    case INTEGERS:
        return random_int(0, 3) ? (float)random_int(-3, 3) : -0.0f;
    case EXTREMES:
        return extremes[random_u32() % (sizeof(extremes) / sizeof(*extremes))];
    case SPICED:
        return random_int(0, 199) ? random_gauss() : random_value(EXTREMES);
    case DENORMAL:
        return random_gauss() * 1e-23f;
    default:
        return random_gauss();
    }
}

static void describe_case(char *text, size_t n, const test_case *t)
{
    const oct_conv_f32_shape *s = &t->s;
    snprintf(text, n,
             "N%d %dx%dx%d -> %dx%dx%d k%dx%d g%d stride %d,%d dil %d,%d pad %d,%d pitch %d,%d,%d res %d act %d "
             "[%g %g %g] x %s w %s scaled %d biased %d transposed %d class_bias %d windowed %d",
             s->N, s->H, s->W, s->C, s->OH, s->OW, s->OC, s->KH, s->KW, s->G, s->stride_h, s->stride_w, s->dilation_h,
             s->dilation_w, s->pad_top, s->pad_left, s->x_pitch, s->y_pitch, s->r_pitch, s->has_residual, s->act.kind,
             (double)s->act.lo, (double)s->act.hi, (double)s->act.alpha, data_names[t->x_data], data_names[t->w_data],
             t->scaled, t->biased, t->transposed, s->class_bias, t->windowed);
}

/* ---- the data of one case, shared by all levels ---- */

typedef struct case_data {
    const test_case *t;
    size_t n_w;                             /* floats of the stored weights */
    int64_t stride_o, stride_i;
    float *w, *scale, *bias;                /* the originals */
    guarded x, r, want;                     /* want: y as the oracle says, FILL between the pixels */
} case_data;

/* floats of n pixels: the last one without its gap */
static size_t n_floats(int64_t n_pixels, int pitch, int channels)
{
    return (size_t)((n_pixels - 1) * pitch + channels);
}

static guarded random_pixels(int64_t n_pixels, int pitch, int channels, data_kind kind)
{
    size_t n = n_floats(n_pixels, pitch, channels);
    guarded g = guarded_new(n * sizeof(float), random_int(0, 3) != 0, 0xFF);
    for (size_t i = 0; i < n; i++)
        if ((int)(i % (size_t)pitch) < channels)
            ((float *)(void *)g.p)[i] = random_value(kind); /* between pixels: 0xFFFFFFFF, a NaN */
    return g;
}

static float *random_floats(size_t n, data_kind kind)
{
    float *p = malloc(n * sizeof(float));
    if (!p)
        exit(1);
    for (size_t i = 0; i < n; i++)
        p[i] = random_value(kind);
    return p;
}

/* Number of positions in 1 .. o along an axis whose taps in bounds differ from those of the position before. */
static int axis_class(int o, int stride, int pad, int dilation, int taps, int size)
{
    int n = 0;
    for (int at = 1; at <= o; at++) {
        int differs = 0;
        for (int t = 0; t < taps; t++) {
            int64_t now = (int64_t)at * stride - pad + (int64_t)t * dilation, before = now - stride;
            differs |= (now >= 0 && now < size) != (before >= 0 && before < size);
        }
        n += differs;
    }
    return n;
}

static int class_h(const oct_conv_f32_shape *s, int oh)
{
    return axis_class(oh, s->stride_h, s->pad_top, s->dilation_h, s->KH, s->H);
}

static int class_w(const oct_conv_f32_shape *s, int ow)
{
    return axis_class(ow, s->stride_w, s->pad_left, s->dilation_w, s->KW, s->W);
}

/* index of an output's bias */
static int bias_index(const oct_conv_f32_shape *s, int oh, int ow, int oc)
{
    return s->class_bias ? (class_h(s, oh) * (class_w(s, s->OW - 1) + 1) + class_w(s, ow)) * s->OC + oc : oc;
}

static float oracle_output(const case_data *d, int n, int oh, int ow, int oc)
{
    const oct_conv_f32_shape *s = &d->t->s;
    const float *x = (const float *)(const void *)d->x.p;
    const int icg = s->C / s->G, g = oc / (s->OC / s->G);
    float acc = d->bias ? d->bias[bias_index(s, oh, ow, oc)] : 0.0f;
    for (int k = 0; k < s->KH * s->KW * icg; k++) {
        const int kh = k / (s->KW * icg), kw = k / icg % s->KW, ic = k % icg;
        const int64_t row = (int64_t)oh * s->stride_h - s->pad_top + (int64_t)kh * s->dilation_h;
        const int64_t col = (int64_t)ow * s->stride_w - s->pad_left + (int64_t)kw * s->dilation_w;
        if (row < 0 || col < 0 || row >= s->H || col >= s->W)
            continue;
        float w = d->w[oc * d->stride_o + ic * d->stride_i + kh * s->KW + kw];
        if (d->scale)
            w *= d->scale[oc];
        acc = fmaf(x[((n * s->H + row) * s->W + col) * s->x_pitch + g * icg + ic], w, acc);
    }
    return acc;
}

static float oracle_act(float v, const oct_act *act)
{
    if (act->kind == OCT_ACT_LEAKY)
        return v < 0 ? v * act->alpha : v;
    if (act->kind == OCT_ACT_NONE || isnan(v))
        return v;
    if (v < act->lo)
        v = act->lo;
    return v > act->hi ? act->hi : v;
}

static guarded new_output(const oct_conv_f32_shape *s)
{
    size_t n = n_floats((int64_t)s->N * s->OH * s->OW, s->y_pitch, s->OC);
    return guarded_new(n * sizeof(float), random_int(0, 3) != 0, FILL);
}

static void run_oracle(case_data *d)
{
    const oct_conv_f32_shape *s = &d->t->s;
    d->want = new_output(s);
    float *y = (float *)(void *)d->want.p;
    const float *r = (const float *)(const void *)d->r.p;
    for (int n = 0; n < s->N; n++)
        for (int oh = 0; oh < s->OH; oh++)
            for (int ow = 0; ow < s->OW; ow++)
                for (int oc = 0; oc < s->OC; oc++) {
                    int64_t pixel = ((int64_t)n * s->OH + oh) * s->OW + ow;
                    float v = oracle_output(d, n, oh, ow, oc);
                    if (s->has_residual)
                        v += r[pixel * s->r_pitch + oc];
                    y[pixel * s->y_pitch + oc] = oracle_act(v, &s->act);
                }
}

static void data_init(case_data *d, const test_case *t)
{
    const oct_conv_f32_shape *s = &t->s;
    const int icg = s->C / s->G, area = s->KH * s->KW;
    memset(d, 0, sizeof(*d));
    d->t = t;
    d->stride_o = t->transposed ? 1 : (int64_t)icg * area;
    d->stride_i = t->transposed ? s->OC : area;
    d->n_w = (size_t)s->OC * (size_t)icg * (size_t)area;
    d->w = random_floats(d->n_w, t->w_data);
    d->scale = t->scaled ? random_floats((size_t)s->OC, GAUSS) : NULL;
    size_t n_biases = s->class_bias ? (size_t)((class_h(s, s->OH - 1) + 1) * (class_w(s, s->OW - 1) + 1)) : 1;
    CHECK(!s->class_bias || n_biases == (size_t)oct_conv_f32_n_classes(s), "%zu border classes, not %zu",
          (size_t)oct_conv_f32_n_classes(s), n_biases);
    d->bias = t->biased ? random_floats(n_biases * (size_t)s->OC, t->w_data) : NULL;
    d->x = random_pixels((int64_t)s->N * s->H * s->W, s->x_pitch, s->C, t->x_data);
    if (s->has_residual)
        d->r = random_pixels((int64_t)s->N * s->OH * s->OW, s->r_pitch, s->OC, t->x_data);
    run_oracle(d);
}

static void data_fini(case_data *d)
{
    free(d->w);
    free(d->scale);
    free(d->bias);
    guarded_free(&d->x);
    guarded_free(&d->r);
    guarded_free(&d->want);
}

/* ---- one level on one case ---- */

typedef struct source {
    guarded g;
    size_t n_done;
    int outside;
} source;

/* The packer promises not to read these again: make sure that it would not go unnoticed. */
static void destroy_weights(void *context, const void *p, size_t n)
{
    source *src = context;
    const unsigned char *begin = p, *end = begin + n;
    if (begin < src->g.p || end > src->g.p + src->g.n)
        src->outside = 1;
    else
        memset(src->g.p + (begin - src->g.p), 0xFF, n);
    src->n_done += n / sizeof(float);
}

static guarded pack_once(const oct_conv_f32 *k, const case_data *d, int fill, source *src)
{
    guarded packed = guarded_new(k->packed_size(&d->t->s), 1, fill);
    src->g = guarded_new(d->n_w * sizeof(float) + 1, 1, 0); /* one byte off: weights may lie at any alignment */
    memcpy(src->g.p + 1, d->w, d->n_w * sizeof(float));
    oct_conv_f32_weights w = {src->g.p + 1, d->stride_o, d->stride_i, 1, d->scale, d->bias,
                              destroy_weights, src};
    src->n_done = 0;
    src->outside = 0;
    k->pack(packed.p, &d->t->s, &w);
    guarded_free(&src->g);
    return packed;
}

/* One item with nothing of x in memory but the pixels that it reads. */
static void run_windowed(const oct_conv_f32 *k, oct_conv_f32_args a, size_t item)
{
    int64_t first, n;
    k->input_pixels(a.shape, item, &first, &n);
    size_t n_bytes = n > 0 ? n_floats(n, a.shape->x_pitch, a.shape->C) * sizeof(float) : 0;
    guarded window = guarded_new(n_bytes, 1, 0xFF);
    memcpy(window.p, a.x + first * a.shape->x_pitch, n_bytes);
    a.x_skip = first * a.shape->x_pitch;
    a.x = (const float *)(const void *)window.p;
    k->run(&a, item);
    guarded_free(&window);
}

static void run_items(const oct_conv_f32 *k, const case_data *d, const guarded *packed, guarded *y, int *scratch_intact)
{
    const oct_conv_f32_shape *s = &d->t->s;
    size_t n = k->n_items(s), n_scratch = (k->scratch_size(s) + 63) / 64 * 64;
    guarded scratch = guarded_new(n_scratch, 1, 0xFF);
    oct_conv_f32_args a = {s, packed->p, (const float *)(const void *)d->x.p, (const float *)(const void *)d->r.p,
                           (float *)(void *)y->p, scratch.p, 0};
    size_t *order = malloc(n * sizeof(*order));
    if (!order)
        exit(1);
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    for (size_t i = n; i > 1; i--) {
        size_t j = random_u32() % i, last = order[i - 1];
        order[i - 1] = order[j];
        order[j] = last;
    }
    for (size_t i = 0; i < n; i++)
        if (d->t->windowed)
            run_windowed(k, a, order[i]);
        else
            k->run(&a, order[i]);
    *scratch_intact = guarded_intact(&scratch, 0xFF);
    guarded_free(&scratch);
    free(order);
}

/* The first float where the two differ (a NaN equals a NaN), or n. Gaps between pixels are compared too. */
static size_t first_difference(const guarded *want, const guarded *got)
{
    const float *a = (const float *)(const void *)want->p, *b = (const float *)(const void *)got->p;
    size_t n = want->n / sizeof(float);
    for (size_t i = 0; i < n; i++)
        if (memcmp(a + i, b + i, sizeof(float)) != 0 && !(isnan(a[i]) && isnan(b[i])))
            return i;
    return n;
}

static void check_level(const level *l, const case_data *d)
{
    const oct_conv_f32_shape *s = &d->t->s;
    const oct_conv_f32 *k = l->record;
    char text[512];
    describe_case(text, sizeof(text), d->t);
    source src;
    guarded packed = pack_once(k, d, 0x00, &src), again = pack_once(k, d, 0xFF, &src);
    CHECK(packed.n % 64 == 0, "%s: packed size %zu: %s", l->name, packed.n, text);
    CHECK(guarded_intact(&again, 0xFF), "%s: pack wrote before its buffer: %s", l->name, text);
    CHECK(memcmp(packed.p, again.p, packed.n) == 0, "%s: pack leaves bytes undefined: %s", l->name, text);
    CHECK(!src.outside && src.n_done == d->n_w, "%s: done for %zu of %zu weights: %s", l->name, src.n_done, d->n_w, text);

    guarded y = new_output(s);
    int scratch_intact;
    run_items(k, d, &packed, &y, &scratch_intact);
    CHECK(scratch_intact, "%s: wrote before its scratch: %s", l->name, text);
    CHECK(guarded_intact(&y, FILL), "%s: wrote outside y: %s", l->name, text);
    size_t at = first_difference(&d->want, &y), n = y.n / sizeof(float);
    const float *a = (const float *)(const void *)d->want.p, *b = (const float *)(const void *)y.p;
    CHECK(at == n, "%s (%s): y[pixel %zu, channel %zu] is %a, not %a: %s", l->name, k->describe(s),
          at / (size_t)s->y_pitch, at % (size_t)s->y_pitch, at < n ? (double)b[at] : 0, at < n ? (double)a[at] : 0, text);
    guarded_free(&packed);
    guarded_free(&again);
    guarded_free(&y);
}

static level levels[5];
static int n_levels;

static void check_case(const test_case *t)
{
    case_data d;
    if (check_n_failed >= MAX_FAILURES)
        return;
    data_init(&d, t);
    for (int i = 0; i < n_levels; i++)
        check_level(&levels[i], &d);
    data_fini(&d);
}

/* ---- cases ---- */

static int64_t case_macs(const oct_conv_f32_shape *s)
{
    return (int64_t)s->N * s->OH * s->OW * s->OC * (s->C / s->G) * s->KH * s->KW;
}

static void random_act(oct_act *act)
{
    static const float bounds[][2] = {{0, INFINITY}, {0, 6}, {-1, 1}, {-0.0f, INFINITY}, {-INFINITY, 0.25f}};
    int b = random_int(0, 4);
    *act = (oct_act){random_int(0, 2), bounds[b][0], bounds[b][1], random_int(0, 1) ? 0.01f : -0.5f};
}

/* What a shape does not fix: pitches, residual, activation, kinds of data. */
static void random_rest(test_case *t)
{
    oct_conv_f32_shape *s = &t->s;
    s->x_pitch = s->C + (random_int(0, 2) ? 0 : random_int(1, 9));
    s->y_pitch = s->OC + (random_int(0, 1) ? 0 : random_int(1, 17));
    s->has_residual = random_int(0, 2) == 0;
    s->r_pitch = s->OC + (random_int(0, 1) ? 0 : random_int(1, 5));
    random_act(&s->act);
    t->x_data = random_int(0, 1) ? GAUSS : (data_kind)random_int(0, N_DATA_KINDS - 1);
    t->w_data = random_int(0, 1) ? t->x_data : GAUSS;
    t->scaled = random_int(0, 2) == 0;
    t->biased = random_int(0, 3) != 0;
    t->transposed = s->KH == 1 && s->KW == 1 && s->G == 1 && random_int(0, 1);
    s->class_bias = random_int(0, 2) == 0;
    t->windowed = random_int(0, 3) == 0;
}

static int output_size(int size, int k, int stride, int dilation, int pad_begin, int pad_end)
{
    int span = size + pad_begin + pad_end - (k - 1) * dilation - 1;
    return span < 0 ? 0 : span / stride + 1;
}

/* A square layer as the networks have them. */
static oct_conv_f32_shape square_shape(int C, int OC, int H, int K, int stride, int pad, int G)
{
    int OH = output_size(H, K, stride, 1, pad, pad);
    return (oct_conv_f32_shape){.N = 1, .H = H, .W = H, .C = C, .OH = OH, .OW = OH, .OC = OC, .KH = K, .KW = K, .G = G,
                                .stride_h = stride, .stride_w = stride, .dilation_h = 1, .dilation_w = 1,
                                .pad_top = pad, .pad_left = pad};
}

/* The layers of the networks: small images in full, large ones as a cut of the image; fewer channels where needed. */
static void check_layers(int64_t max_macs)
{
    for (size_t i = 0; i < sizeof(conv_layers) / sizeof(*conv_layers); i++) {
        const conv_layer *l = &conv_layers[i];
        int C = l->C, OC = l->OC, H = l->H;
        test_case t = {.s = square_shape(C, OC, H, l->K, l->stride, l->pad, l->groups)};
        while (case_macs(&t.s) > max_macs) {
            if (H > 15)
                H = (H + 1) / 2 + (H > 60 ? 3 : 0);
            else if (OC > 64 && l->groups == 1)
                OC = OC / 2 + 4;
            else if (C > 64 && l->groups == 1)
                C = C / 2 + 4;
            else
                break;
            t.s = square_shape(C, OC, H, l->K, l->stride, l->pad, l->groups);
        }
        random_rest(&t);
        check_case(&t);
    }
}

/* One side of a random shape: kernel, stride, dilation, pads and a size, with at least one output. */
static int random_side(int *size, int *k, int *stride, int *dilation, int *pad, int nasty)
{
    static const int kernels[] = {1, 1, 2, 3, 3, 3, 4, 5, 5, 7};
    for (;;) {
        *size = random_int(0, 4) ? random_int(1, 20) : random_int(1, 40);
        *k = kernels[random_int(0, 9)];
        *stride = random_int(0, 1) ? 1 : random_int(1, nasty ? 5 : 2);
        *dilation = random_int(0, nasty ? 1 : 5) ? 1 : random_int(1, 4);
        *pad = random_int(0, 1) ? *k / 2 : random_int(0, nasty ? 9 : 2);
        int end = random_int(0, 1) ? *pad : random_int(0, nasty ? 9 : 2);
        int out = output_size(*size, *k, *stride, *dilation, *pad, end);
        if (out >= 1)
            return out;
    }
}

static void random_channels(oct_conv_f32_shape *s)
{
    static const int counts[] = {1, 2, 3, 4, 8, 10, 15, 16, 17, 24, 31, 32, 40, 43, 48, 64, 72, 96, 100, 128};
    int kind = random_int(0, 9);
    s->G = 1;
    s->C = random_int(0, 1) ? counts[random_int(0, 19)] : random_int(1, 70);
    s->OC = random_int(0, 1) ? counts[random_int(0, 19)] : random_int(1, 70);
    if (kind >= 6 && kind <= 7) { /* depthwise */
        s->G = s->OC = s->C;
    } else if (kind == 8) { /* channel multiplier */
        s->G = s->C = random_int(1, 24);
        s->OC = s->C * random_int(2, 9);
    } else if (kind == 9) { /* groups */
        s->G = random_int(2, 6);
        s->C = s->G * random_int(1, 20);
        s->OC = s->G * random_int(1, 40);
    }
}

static void random_case(test_case *t, int64_t max_macs)
{
    do {
        oct_conv_f32_shape *s = &t->s;
        memset(t, 0, sizeof(*t));
        int nasty = random_int(0, 3) == 0;
        s->N = random_int(0, 3) ? 1 : random_int(1, 3);
        s->OH = random_side(&s->H, &s->KH, &s->stride_h, &s->dilation_h, &s->pad_top, nasty);
        s->OW = random_side(&s->W, &s->KW, &s->stride_w, &s->dilation_w, &s->pad_left, nasty);
        if (random_int(0, 2) == 0) { /* square kernels are what networks have */
            s->H = s->W;
            s->OH = s->OW;
            s->KH = s->KW;
            s->stride_h = s->stride_w;
            s->dilation_h = s->dilation_w;
            s->pad_top = s->pad_left;
        }
        random_channels(s);
    } while (case_macs(&t->s) > max_macs);
    random_rest(t);
}

/* Matrix products y[M,N] = x[M,K] w: every tile height, every remainder of columns. */
static void check_products(void)
{
    static const int columns[] = {1, 7, 8, 9, 10, 16, 17, 24, 31, 32, 33, 40, 48, 63, 64, 65, 100, 128, 129, 200, 1000};
    for (int M = 1; M <= 33; M++)
        for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++) {
            int K = random_int(0, 3) ? random_int(1, 40) : random_int(1, 300);
            if (M > 8 && (int64_t)M * columns[i] * K > 40000)
                continue;
            test_case t = {.s = square_shape(K, columns[i], 1, 1, 1, 0, 1)};
            t.s.W = t.s.OW = M;
            random_rest(&t);
            check_case(&t);
        }
}

/* Shapes that sit on the borders of the rules. */
static void check_nasty(void)
{
    static const int sides[][8] = {
        /* H, OH, KH, stride, dilation, pad: W the same */
        {1, 1, 3, 1, 1, 1},   {1, 9, 1, 1, 1, 4},   {2, 12, 3, 1, 1, 6},  {3, 5, 3, 2, 1, 4},  {4, 3, 3, 1, 4, 3},
        {5, 7, 7, 1, 1, 4},   {2, 2, 5, 1, 3, 6},   {6, 1, 6, 1, 1, 0},   {1, 4, 2, 1, 5, 3},  {3, 4, 3, 7, 1, 9},
        {9, 3, 3, 4, 1, 0},   {8, 2, 3, 5, 2, 1},   {16, 15, 3, 1, 1, 0}, {16, 8, 3, 2, 1, 1}, {7, 7, 3, 1, 1, 1},
        {14, 14, 5, 1, 1, 2}, {14, 7, 5, 2, 1, 2},  {2, 2, 3, 1, 1, 1},   {30, 30, 3, 1, 1, 1}, {20, 20, 3, 1, 2, 2},
    };
    static const int channels[][3] = {{1, 1, 1},  {3, 10, 1},  {8, 8, 8},   {5, 5, 5},   {16, 24, 1}, {17, 33, 1},
                                      {16, 16, 16}, {20, 20, 20}, {12, 6, 3}, {6, 36, 6}, {40, 40, 40}, {9, 43, 1}};
    for (size_t i = 0; i < sizeof(sides) / sizeof(*sides); i++)
        for (size_t j = 0; j < sizeof(channels) / sizeof(*channels); j++)
            for (int form = 0; form < 3; form++) { /* square, one row, one column */
                const int *d = sides[i];
                test_case t = {.s = {.N = form == 0 ? 1 : 2, .H = 1, .W = 1, .OH = 1, .OW = 1, .KH = 1, .KW = 1,
                                     .C = channels[j][0], .OC = channels[j][1], .G = channels[j][2], .stride_h = 1,
                                     .stride_w = 1, .dilation_h = 1, .dilation_w = 1}};
                oct_conv_f32_shape *s = &t.s;
                if (form != 1) {
                    s->H = d[0], s->OH = d[1], s->KH = d[2], s->stride_h = d[3], s->dilation_h = d[4], s->pad_top = d[5];
                }
                if (form != 2) {
                    s->W = d[0], s->OW = d[1], s->KW = d[2], s->stride_w = d[3], s->dilation_w = d[4], s->pad_left = d[5];
                }
                random_rest(&t);
                check_case(&t);
            }
}

static void add_level(const char *name, const oct_conv_f32 *record)
{
    levels[n_levels++] = (level){name, record};
}

int main(int argc, char **argv)
{
    int n_cases = 1500;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--seed") == 0)
            random_state = strtoull(argv[i + 1], NULL, 0);
        else if (strcmp(argv[i], "--cases") == 0)
            n_cases = atoi(argv[i + 1]);
    }
    add_level("ref", &oct_conv_f32_ref);
    for (int l = OCT_CPU_REF + 1; l <= (int)oct_cpu_detect(); l++)
        if (oct_conv_f32_select((oct_cpu_level)l) != levels[n_levels - 1].record)
            add_level(oct_cpu_name((oct_cpu_level)l), oct_conv_f32_select((oct_cpu_level)l));
#ifdef TEST_EMULATED_AVX512
    if (oct_cpu_detect() >= OCT_CPU_AVX2)
        add_level("avx512 emulated", &oct_conv_f32_avx512_emulated);
#endif
    check_nasty();
    check_products();
    check_layers(1500000);
    for (int i = 0; i < n_cases; i++) {
        test_case t;
        random_case(&t, i % 8 ? 200000 : 1000000);
        check_case(&t);
    }
    printf("levels:");
    for (int i = 0; i < n_levels; i++)
        printf(" %s", levels[i].name);
    printf("\n");
    return check_done();
}
