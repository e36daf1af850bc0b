/* Convolution of 16-bit images: random shapes with extreme data, the formula of conv_u16.h in exact integers against every
 * level, bit for bit.
 *
 *     test_conv_u16 [--seed N] [--cases N]
 * SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "check.h"
#include "guarded.h"
#include "kernels/conv_u16.h"
#include "kernels_move/dice.h"

#define FILL 0xA5

#ifdef TEST_EMULATED_AVX512
extern const oct_conv_u16 oct_conv_u16_avx512vnni_emulated;
#endif

typedef struct test_case {
    oct_conv_int_shape s;
    oct_conv_u16_file w;
    guarded x, weights, w_zero, source;
    int32_t *bias;
    float *w_scale;
    float x_scale, y_scale;
    int32_t y_zero; /* as the file's type has it, like w.x_zero */
    size_t n_y;
} test_case;

static int get(const void *p, int64_t i, octet_dtype dtype)
{
    switch (dtype) {
    case OCTET_U8: return ((const uint8_t *)p)[i];
    case OCTET_I8: return ((const int8_t *)p)[i];
    case OCTET_U16: return ((const uint16_t *)p)[i];
    default: return ((const int16_t *)p)[i];
    }
}

static int64_t sum_taps(const test_case *c, int n, int oh, int ow, int oc)
{
    const oct_conv_int_shape *s = &c->s;
    const int ICG = s->C / s->G, OCG = s->OC / s->G, first = oc / OCG * ICG;
    const int w_zero = get(c->w_zero.p, c->w.zero_per_oc ? oc : 0, c->w.dtype);
    int64_t acc = c->bias[oc];
    for (int kh = 0; kh < s->KH; kh++)
        for (int kw = 0; kw < s->KW; kw++) {
            const int h = oh * s->stride_h - s->pad_top + kh * s->dilation_h;
            const int v = ow * s->stride_w - s->pad_left + kw * s->dilation_w;
            for (int i = 0; h >= 0 && h < s->H && v >= 0 && v < s->W && i < ICG; i++) {
                const int64_t at = oc * c->w.stride_o + i * c->w.stride_i + kh * s->KW + kw;
                const int64_t x = get(c->x.p, ((n * s->H + h) * s->W + v) * s->C + first + i,
                                      s->x_signed ? OCTET_I16 : OCTET_U16);
                acc += (x - c->w.x_zero) * (get(c->weights.p, at, c->w.dtype) - w_zero);
            }
        }
    return acc;
}

static void naive(const test_case *c, uint16_t *y)
{
    const oct_conv_int_shape *s = &c->s;
    for (size_t i = 0; i < c->n_y; i++) {
        const int oc = (int)(i % (size_t)s->OC), p = (int)(i / (size_t)s->OC);
        const int64_t acc = sum_taps(c, p / s->OW / s->OH, p / s->OW % s->OH, p % s->OW, oc);
        const float mult = (float)((double)c->x_scale * (double)c->w_scale[c->w.scale_per_oc ? oc : 0] / (double)c->y_scale);
        const double v = rint((double)acc * (double)mult) + c->y_zero, lo = c->s.out == OCT_CONV_INT_I16 ? -32768 : 0, hi = lo + 65535;
        y[i] = (uint16_t)(int)(v > lo ? v < hi ? v : hi : lo); /* NaN: lo */
    }
}

static void report(const test_case *c, const char *name, const guarded *y, const uint16_t *expected)
{
    const oct_conv_int_shape *s = &c->s;
    CHECK(memcmp(y->p, expected, c->n_y * 2) == 0 && guarded_intact(y, FILL),
          "%s: N%d H%d W%d C%d OH%d OW%d OC%d K%dx%d s%dx%d d%dx%d pads %d %d G%d signed %d %d words %d", name, s->N, s->H,
          s->W, s->C, s->OH, s->OW, s->OC, s->KH, s->KW, s->stride_h, s->stride_w, s->dilation_h, s->dilation_w,
          s->pad_top, s->pad_left, s->G, s->x_signed, c->s.out == OCT_CONV_INT_I16, c->s.wide_weights);
}

static void check_record(const test_case *c, const oct_conv_u16 *record, const oct_conv_u16_weights *w,
                         const uint16_t *expected)
{
    const oct_conv_int_shape *s = &c->s;
    const size_t n_packed = record->packed_size(s), n_items = record->n_items(s);
    guarded packed = guarded_new(n_packed, n_packed % 64 == 0, FILL), y = guarded_new(c->n_y * 2, dice_int(0, 1), FILL);
    oct_conv_u16_args a = {s, (const uint16_t *)(void *)c->x.p, packed.p, c->y_zero, (uint16_t *)(void *)y.p};
    size_t *items = dice_order(n_items);
    record->pack(packed.p, s, w);
    for (size_t i = 0; i < n_items; i++)
        record->run(&a, items[i]);
    report(c, record->describe(s), &y, expected);
    CHECK(guarded_intact(&packed, FILL), "%s", record->describe(s));
    free(items);
    guarded_free(&y);
    guarded_free(&packed);
}

enum { RANDOM, ALL_0, ALL_ONES, ALTERNATING, N_PATTERNS };

/* At the end or at the start of readable memory. */
static guarded make_image(size_t n, int pattern)
{
    guarded g = guarded_new(n * 2, dice_int(0, 3) > 0, FILL);
    uint16_t *x = (uint16_t *)(void *)g.p;
    for (size_t i = 0; i < n; i++)
        x[i] = pattern == ALL_0 ? 0 : pattern == ALL_ONES ? 0xffff : pattern == ALTERNATING ? (i & 1 ? 0x7fff : 0x8000)
                                                                                         : (uint16_t)dice_u32();
    return g;
}

/* Differences to the zero point fill the signed range of `bits`, and often are one of its ends. */
static guarded make_weights(size_t n, int pattern, int zero, bool words, bool stored_words)
{
    const int most = words ? 32767 : 127, extremes[] = {-most - 1, most, -most, 0};
    guarded g = guarded_new(stored_words ? n * 2 : n, 1, FILL);
    for (size_t i = 0; i < n; i++) {
        const int w = pattern == ALL_0 ? -most - 1 : pattern == ALL_ONES ? most
                      : pattern == ALTERNATING ? (i & 1 ? -most - 1 : most)
                      : dice_int(0, 1) ? extremes[dice_u32() % 4] : dice_int(-most - 1, most);
        if (stored_words)
            ((uint16_t *)(void *)g.p)[i] = (uint16_t)(w + zero);
        else
            g.p[i] = (uint8_t)(w + zero);
    }
    return g;
}

/* Multipliers of all sizes, also such that nearly all results saturate; now and then no number at all. */
static float random_scale(bool words)
{
    return dice_int(0, 200) == 0 ? dice_spiced(1)
                                 : (dice_float() + 1.01f) * ldexpf(1.0f, (words ? -14 : -6) - dice_int(0, 12));
}

static void set_zeros(test_case *c, bool w_signed)
{
    const oct_conv_int_shape *s = &c->s;
    const int zero = w_signed ? 0 : c->s.wide_weights ? 32768 : 128;
    c->w.x_zero = dice_int(0, 2) == 0 ? 0 : dice_int(0, 65535) - (s->x_signed ? 32768 : 0);
    c->y_zero = dice_int(0, 65535) - (c->s.out == OCT_CONV_INT_I16 ? 32768 : 0);
    c->w_zero = guarded_new((size_t)s->OC * 2, 1, 0);
    for (int o = 0; o < s->OC; o++)
        if (c->s.wide_weights)
            ((uint16_t *)(void *)c->w_zero.p)[o] = (uint16_t)zero;
        else
            c->w_zero.p[o] = (uint8_t)zero;
    c->w.dtype = c->s.wide_weights ? w_signed ? OCTET_I16 : OCTET_U16 : w_signed ? OCTET_I8 : OCTET_U8;
}

static test_case new_case(oct_conv_int_shape shape)
{
    const oct_conv_int_shape *s = &shape;
    const size_t ICG = (size_t)(s->C / s->G), area = (size_t)s->KH * (size_t)s->KW;
    const bool w_signed = dice_int(0, 1);
    test_case c = {.s = shape, .x_scale = 0.02f, .y_scale = 0.5f,
                   .n_y = (size_t)s->N * (size_t)s->OH * (size_t)s->OW * (size_t)s->OC};
    c.x = make_image((size_t)s->N * (size_t)s->H * (size_t)s->W * (size_t)s->C, dice_int(0, N_PATTERNS));
    c.weights = make_weights((size_t)s->OC * ICG * area, dice_int(0, N_PATTERNS),
                             w_signed ? 0 : shape.wide_weights ? 32768 : 128, shape.wide_weights, shape.wide_weights);
    c.bias = malloc((size_t)s->OC * 4);
    c.w_scale = malloc((size_t)s->OC * 4);
    for (int o = 0; o < s->OC; o++) {
        c.bias[o] = dice_int(0, 3) ? dice_int(-100000000, 100000000) : dice_int(0, 1) ? INT32_MAX : INT32_MIN;
        c.w_scale[o] = random_scale(shape.wide_weights);
    }
    c.w = (oct_conv_u16_file){.w = c.weights.p, .stride_o = (int64_t)(ICG * area), .stride_i = (int64_t)area,
                                 .bias = c.bias, .w_scale = c.w_scale, .zero_per_oc = dice_int(0, 1),
                                 .scale_per_oc = dice_int(0, 1)};
    if (area == 1 && s->G == 1 && dice_int(0, 1)) {
        c.w.stride_o = 1;
        c.w.stride_i = s->OC;
    }
    set_zeros(&c, w_signed);
    c.w.w_zero = c.w_zero.p;
    const size_t n_source = oct_conv_u16_source_size(&c.s);
    c.source = guarded_new(n_source, n_source % 8 == 0, FILL);
    return c;
}

static void check_shape(oct_conv_int_shape s)
{
    if (!oct_conv_u16_takes(&s))
        return;
    test_case c = new_case(s);
    c.w.x_scale = &c.x_scale;
    c.w.y_scale = &c.y_scale;
    const oct_conv_u16_weights file = {.file = &c.w}, source = {.source = c.source.p};
    oct_conv_u16_ref.pack(c.source.p, &c.s, &file);
    CHECK(guarded_intact(&c.source, FILL), "source");
    uint16_t *expected = malloc(c.n_y * 2);
    naive(&c, expected);
    const oct_conv_u16 *last = NULL;
    for (int level = 0; level <= (int)oct_cpu_detect(); level++) {
        const oct_conv_u16 *record = oct_conv_u16_select((oct_cpu_level)level);
        if (record != last)
            check_record(&c, record, level % 2 ? &file : &source, expected);
        last = record;
    }
#ifdef TEST_EMULATED_AVX512
    if (oct_cpu_detect() >= OCT_CPU_AVX2)
        check_record(&c, &oct_conv_u16_avx512vnni_emulated, &file, expected);
#endif
    free(expected);
    free(c.bias);
    free(c.w_scale);
    guarded_free(&c.x);
    guarded_free(&c.weights);
    guarded_free(&c.w_zero);
    guarded_free(&c.source);
}

enum { DENSE, GROUPS, DEPTHWISE, PRODUCT, N_KINDS };

static oct_conv_int_shape random_shape(void)
{
    static const int channels[] = {1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 24, 32, 33, 48, 64, 65, 100};
    const int kind = dice_int(0, N_KINDS - 1);
    oct_conv_int_shape s = {
        .N = dice_int(1, 2), .H = dice_int(1, 9), .W = dice_int(1, 33), .G = kind == GROUPS ? dice_int(2, 4) : 1,
        .KH = dice_int(1, 4), .KW = dice_int(1, 5), .stride_h = dice_int(1, 3), .stride_w = dice_int(1, 2),
        .dilation_h = dice_int(1, 2), .dilation_w = dice_int(1, 2), .pad_top = dice_int(0, 3), .pad_left = dice_int(0, 4),
        .x_signed = dice_int(0, 1), .out = dice_int(0, 1) ? OCT_CONV_INT_U16 : OCT_CONV_INT_I16,
        .wide_weights = dice_int(0, 1),
    };
    s.C = s.G * channels[dice_u32() % 17];
    s.OC = s.G * channels[dice_u32() % 17];
    if (kind == DEPTHWISE)
        s.G = s.OC = s.C = s.C == 1 ? 130 : s.C;
    if (kind == PRODUCT || dice_int(0, 7) == 0) {
        s.KH = s.KW = s.H = s.stride_h = s.stride_w = s.dilation_h = s.dilation_w = 1;
        s.pad_top = s.pad_left = 0;
        s.W = dice_int(1, dice_int(0, 1) ? 10 : 300);
    }
    s.OH = (s.H + 2 * s.pad_top + dice_int(0, s.H > 1) - s.dilation_h * (s.KH - 1) - 1) / s.stride_h + 1;
    s.OW = (s.W + 2 * s.pad_left - s.dilation_w * (s.KW - 1) - 1) / s.stride_w + 1;
    return s;
}

static oct_conv_int_shape square(int C, int OC, int H, int K, int stride, int pad, int G, int words)
{
    const int OH = (H + 2 * pad - K) / stride + 1;
    return (oct_conv_int_shape){.N = 1, .H = H, .W = H, .C = C, .OH = OH, .OW = OH, .OC = OC, .KH = K, .KW = K, .G = G,
                                .stride_h = stride, .stride_w = stride, .dilation_h = 1, .dilation_w = 1, .pad_top = pad,
                                .pad_left = pad, .x_signed = dice_int(0, 1), .wide_weights = words,
                                .out = dice_int(0, 1) ? OCT_CONV_INT_U16 : OCT_CONV_INT_I16};
}

/* First layers, sums that are folded often, a kernel larger than the image, many taps. */
static void check_named(int words)
{
    check_shape(square(3, 32, 35, 3, 2, 1, 1, words));
    check_shape(square(3, 64, 31, 7, 2, 3, 1, words));
    check_shape(square(1, 8, 28, 5, 1, 2, 1, words));
    for (int i = 0; i < 8; i++) /* all patterns of data, most likely */
        check_shape(square(70001 + i, 3, 1, 1, 1, 0, 1, words));
    check_shape(square(512, 40, 7, 3, 1, 1, 1, words));
    check_shape(square(8, 8, 3, 9, 1, 4, 1, words));
    check_shape(square(5, 5, 12, 12, 1, 6, 5, words));
    check_shape(square(130, 130, 14, 3, 1, 1, 130, words));
    check_shape(square(96, 96, 15, 5, 2, 2, 96, words));
    oct_conv_int_shape s = square(1, 1, 60, 31, 1, 15, 1, words);
    CHECK(!oct_conv_u16_takes(&s), "31 x 31 border classes");
    s = square(OCT_CONV_U16_MAX_K, 2, 1, 1, 1, 0, 1, words);
    CHECK(oct_conv_u16_takes(&s), "2^19 terms");
    check_shape(s);
    s = square(OCT_CONV_U16_MAX_K + 1, 2, 1, 1, 1, 0, 1, words);
    CHECK(!oct_conv_u16_takes(&s), "more than 2^19 terms");
}

int main(int argc, char **argv)
{
    int n_cases = 1500;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--seed") == 0)
            dice_state = strtoull(argv[i + 1], NULL, 0);
        else if (strcmp(argv[i], "--cases") == 0)
            n_cases = atoi(argv[i + 1]);
    }
    check_named(0);
    check_named(1);
    for (int i = 0; i < n_cases; i++) {
        const oct_conv_int_shape s = random_shape();
        if (s.OH > 0 && s.OW > 0)
            check_shape(s);
    }
    return check_done();
}
