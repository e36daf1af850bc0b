/* Convolution of uint8 with int8: random shapes with extreme data, the formula of conv_u8s8.h in int64 against every level
 * and against conv_int, bit for bit.
 *
 *     test_conv_u8s8 [--seed N] [--cases N]
 * SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "check.h"
#include "guarded.h"
#include "kernels/conv_u8s8.h"
#include "kernels_move/dice.h"

#define FILL 0xA5

#ifdef TEST_EMULATED_AVX512
extern const oct_conv_u8s8 oct_conv_u8s8_avx512vnni_emulated;
#endif

static int n_tilings; /* that were tried beside the defaults */

typedef struct test_case {
    oct_conv_int_shape s;
    oct_conv_int_weights w;
    guarded x, weights, w_zero;
    int32_t *bias;
    float *w_scale;
    float x_scale, y_scale;
    uint8_t x_zero, y_zero;
    oct_conv_u8s8_store store;
    guarded r; /* the residual, if store.add */
    size_t n_positions, x_pitch, y_pitch, r_pitch, n_y;
} test_case;

static int get(const void *p, int64_t i, int is_signed)
{
    return is_signed ? ((const int8_t *)p)[i] : ((const uint8_t *)p)[i];
}

static int64_t sum_taps(const test_case *c, int n, int oh, int ow, int oc)
{
    const oct_conv_int_shape *s = &c->s;
    const int ICG = s->C / s->G, OCG = s->OC / s->G, first = oc / OCG * ICG, x_zero = get(&c->x_zero, 0, s->x_signed);
    const int w_zero = get(c->w_zero.p, c->w.zero_per_oc ? oc : 0, s->w_signed);
    int64_t acc = c->bias[oc];
    for (int kh = 0; kh < s->KH; kh++)
        for (int kw = 0; kw < s->KW; kw++) {
            const int h = oh * s->stride_h - s->pad_top + kh * s->dilation_h;
            const int v = ow * s->stride_w - s->pad_left + kw * s->dilation_w;
            for (int i = 0; h >= 0 && h < s->H && v >= 0 && v < s->W && i < ICG; i++) {
                const int64_t at = oc * c->w.stride_o + i * c->w.stride_i + kh * s->KW + kw;
                const int64_t pixel = (n * s->H + h) * s->W + v;
                const int64_t x = get(c->x.p, pixel * (int64_t)c->x_pitch + first + i, s->x_signed);
                acc += (x - x_zero) * (get(c->weights.p, at, s->w_signed) - w_zero);
            }
        }
    return acc;
}

/* saturate(round_half_even(v) + zero) in lo..hi; NaN: lo */
static int quantize(float v, int zero, int lo, int hi)
{
    const double q = rint((double)v) + zero;
    return (int)(q > lo ? q < hi ? q : hi : lo);
}

static uint8_t naive_one(const test_case *c, float acc, int oc, size_t position)
{
    const oct_conv_u8s8_store *t = &c->store;
    const int is_signed = c->s.out == OCT_CONV_INT_I8, least = is_signed ? -128 : 0;
    const int lo = t->clamps ? t->lo : least, hi = t->clamps ? t->hi : least + 255;
    const float w_scale = c->w_scale[c->w.scale_per_oc ? oc : 0];
    const float mult = c->w.double_mult ? (float)((double)c->x_scale * (double)w_scale / (double)c->y_scale)
                                        : c->x_scale * w_scale / c->y_scale;
    const int r_less = t->r_numbers == OCT_NUMBERS_RAISED ? 128 : 0;
    const int r_byte = t->add ? get(c->r.p, (int64_t)(position * c->r_pitch) + oc, t->r_numbers == OCT_NUMBERS_I8) : 0;
    const float r = (float)(r_byte - r_less);
    if (t->add == OCT_CONV_U8S8_ADD_EXACT)
        return (uint8_t)quantize(fmaf(acc, mult, fmaf(r, t->r_scale, t->fixed)), get(&c->y_zero, 0, is_signed), lo, hi);
    if (t->add == OCT_CONV_U8S8_NO_ADD)
        return (uint8_t)quantize(acc * mult, get(&c->y_zero, 0, is_signed), lo, hi);
    const int first = t->r_numbers == OCT_NUMBERS_U8 ? 0 : -128, more = least - first; /* smallest number; from numbers to y */
    const float q = (float)quantize(acc * mult, t->q_zero, first, first + 255);
    return (uint8_t)(quantize(t->r_first ? fmaf(r, t->r_scale, fmaf(q, t->q_scale, t->fixed))
                                         : fmaf(q, t->q_scale, fmaf(r, t->r_scale, t->fixed)), 0, lo - more, hi - more) + more);
}

/* y with its gaps. */
static void naive(const test_case *c, uint8_t *y)
{
    const oct_conv_int_shape *s = &c->s;
    memset(y, FILL, c->n_y);
    for (size_t i = 0; i < c->n_positions * (size_t)s->OC; i++) {
        const int oc = (int)(i % (size_t)s->OC), p = (int)(i / (size_t)s->OC);
        const int64_t acc = sum_taps(c, p / s->OW / s->OH, p / s->OW % s->OH, p % s->OW, oc);
        const int32_t sum = (int32_t)acc;
        if (s->out == OCT_CONV_INT_I32)
            memcpy(y + (size_t)p * c->y_pitch + 4 * (size_t)oc, &sum, sizeof sum);
        else
            y[(size_t)p * c->y_pitch + (size_t)oc] = naive_one(c, (float)acc, oc, (size_t)p);
    }
}

static void report(const test_case *c, const char *name, const guarded *y, const uint8_t *expected)
{
    const oct_conv_int_shape *s = &c->s;
    CHECK(memcmp(y->p, expected, c->n_y) == 0 && guarded_intact(y, FILL),
          "%s: N%d H%d W%d C%d OH%d OW%d OC%d K%dx%d s%dx%d d%dx%d pads %d %d G%d signed %d %d out %d wide %d add %d pitches %d %d %d", name, s->N, s->H,
          s->W, s->C, s->OH, s->OW, s->OC, s->KH, s->KW, s->stride_h, s->stride_w, s->dilation_h, s->dilation_w,
          s->pad_top, s->pad_left, s->G, s->x_signed, s->w_signed, s->out, s->wide_weights, c->store.add, s->x_pitch,
          s->y_pitch, s->r_pitch);
}

/* Packing from the source gives the same bytes. */
static void check_source(const oct_conv_int_shape *s, const oct_conv_u8s8 *record, const oct_conv_u8s8_weights *file,
                         const void *packed, size_t n_packed)
{
    const size_t n = oct_conv_u8s8_source_size(s);
    void *source = malloc(n), *again = malloc(n_packed);
    memset(again, 0xdb, n_packed);
    oct_conv_u8s8_ref.pack(source, s, file);
    record->pack(again, s, &(oct_conv_u8s8_weights){.source = source});
    CHECK(memcmp(again, packed, n_packed) == 0, "%s: packed from the source", record->describe(s));
    free(source);
    free(again);
}

/* The residual may be y itself. */
static const uint8_t *place_residual(const test_case *c, uint8_t *y)
{
    if (!c->store.add || c->r_pitch != c->y_pitch || dice_int(0, 1))
        return c->r.p;
    for (size_t i = 0; i < c->n_positions; i++)
        memcpy(y + i * c->y_pitch, c->r.p + i * c->r_pitch, (size_t)c->s.OC);
    return y;
}

/* One by one in any order, or in ranges. */
static void run_items(const oct_conv_u8s8 *record, const oct_conv_u8s8_args *a, size_t n_items)
{
    size_t *items = dice_order(n_items);
    const bool one_by_one = dice_int(0, 1) == 0;
    for (size_t i = 0, n; i < n_items; i += n) {
        n = one_by_one ? 1 : (size_t)dice_int(1, (int)oct_min64((int64_t)(n_items - i), 1000));
        record->run(a, one_by_one ? items[i] : i, i + n == n_items && !one_by_one ? SIZE_MAX : n);
    }
    free(items);
}

static void check_tiling(const test_case *c, const oct_conv_u8s8 *record, int32_t tile, const uint8_t *expected)
{
    oct_conv_int_shape cut = c->s, *s = &cut;
    cut.tile = tile;
    const size_t n_packed = record->packed_size(s), n_items = record->n_items(s);
    const size_t n_scratch = record->scratch_size(s);
    guarded packed = guarded_new(n_packed, n_packed % 64 == 0, FILL), y = guarded_new(c->n_y, dice_int(0, 1), FILL);
    guarded scratch = guarded_new(n_scratch, n_scratch % 64 == 0, FILL);
    const oct_conv_u8s8_args a = {.shape = s, .x = c->x.p, .packed = packed.p, .store = &c->store, .r = place_residual(c, y.p),
                                  .y = y.p, .y_zero = get(&c->y_zero, 0, s->out == OCT_CONV_INT_I8), .scratch = scratch.p};
    const oct_conv_u8s8_weights file = {.file = &c->w, .x_zero = get(&c->x_zero, 0, s->x_signed)};
    record->pack(packed.p, s, &file);
    check_source(s, record, &file, packed.p, n_packed);
    run_items(record, &a, n_items);
    report(c, record->describe(s), &y, expected);
    CHECK(guarded_intact(&packed, FILL) && guarded_intact(&scratch, FILL), "%s", record->describe(s));
    guarded_free(&scratch);
    guarded_free(&y);
    guarded_free(&packed);
}

/* The default, every tiling that serves the shape, and a number that is none. */
static void check_record(const test_case *c, const oct_conv_u8s8 *record, const uint8_t *expected)
{
    int32_t tiles[OCT_CONV_U8S8_MOST_TILINGS];
    const int n = record->tilings(&c->s, tiles);
    check_tiling(c, record, dice_int(0, 1) ? 0 : dice_int(-20, 0), expected);
    for (int i = 0; i < n; i++)
        check_tiling(c, record, tiles[i], expected);
    n_tilings += n;
}

/* What runs where this family does not: the same bits. */
static void check_conv_int(const test_case *c, const uint8_t *expected)
{
    const oct_conv_int_shape *s = &c->s;
    const oct_conv_int *record = oct_conv_int_select(OCT_CPU_REF, s);
    guarded packed = guarded_new(oct_conv_int_packed_size(s), 0, FILL), y = guarded_new(c->n_y, 1, FILL);
    guarded image = guarded_new(oct_conv_int_image_size(s), 0, FILL);
    oct_conv_int_pack(packed.p, s, &c->w);
    oct_conv_int_args a = {s, c->x.p, &c->x_zero, (int16_t *)(void *)image.p, packed.p, &c->y_zero, y.p};
    for (size_t i = 0; i < oct_conv_int_n_pieces(s); i++)
        record->widen(&a, i);
    for (size_t i = 0; i < oct_conv_int_n_items(s); i++)
        record->run(&a, i);
    report(c, "conv_int", &y, expected);
    guarded_free(&packed);
    guarded_free(&image);
    guarded_free(&y);
}

enum { RANDOM, ALL_0, ALL_255, ALTERNATING, SMALL, N_PATTERNS };

/* At the end or at the start of readable memory. */
static guarded make_image(size_t n, int pattern)
{
    guarded g = guarded_new(n, dice_int(0, 3) > 0, FILL);
    for (size_t i = 0; i < n; i++)
        g.p[i] = pattern == ALL_0 ? 0 : pattern == ALL_255 ? 255 : pattern == ALTERNATING ? (i & 1 ? 255 : 0)
                                                                                          : (uint8_t)dice_u32();
    return g;
}

/* Any weights with zero point 1 or above, or -127 or above: differences of -255..254. */
static guarded make_wide_weights(size_t n)
{
    guarded g = guarded_new(n, 1, FILL);
    for (size_t i = 0; i < n; i++)
        g.p[i] = dice_int(0, 1) ? (uint8_t)dice_u32() : dice_int(0, 1) ? 0x80 : 0x7f;
    return g;
}

/* Differences to the zero point are in -128..127, and often one of the ends; SMALL: such that four products with
 * -128 just fit int16, now and then one more. */
static guarded make_weights(size_t n, int pattern, int zero)
{
    static const int extremes[] = {-128, 127, -127, 0};
    guarded g = guarded_new(n, 1, FILL);
    for (size_t i = 0; i < n; i++) {
        const int w = pattern == SMALL   ? (dice_int(0, 1) ? 1 : -1) * (64 + (dice_int(0, 99) == 0))
                      : pattern == ALL_0 ? -128 : pattern == ALL_255 ? 127 : pattern == ALTERNATING ? (i & 1 ? -128 : 127)
                      : dice_int(0, 1) ? extremes[dice_u32() % 4] : dice_int(-128, 127);
        g.p[i] = (uint8_t)(w + zero);
    }
    return g;
}

/* Multipliers of all sizes, also such that nearly all results saturate; now and then no number at all. */
static float random_scale(void)
{
    return dice_int(0, 200) == 0 ? dice_spiced(1) : (dice_float() + 1.01f) * 0.02f * ldexpf(1.0f, -dice_int(0, 12));
}

static int pitch_of(int pitch, int channels)
{
    return pitch ? pitch : channels;
}

/* Ties are common: scales that are halves. */
static oct_conv_u8s8_store random_store(int is_signed)
{
    const int least = is_signed ? -128 : 0;
    oct_conv_u8s8_store t = {.add = dice_int(0, 1) ? dice_int(0, 2) : 0, .r_numbers = dice_int(0, 2), .r_first = dice_int(0, 1),
                             .q_zero = dice_int(least, least + 255), .q_scale = 0.5f * (float)dice_int(1, 4),
                             .r_scale = dice_int(0, 1) ? 0.5f : dice_float() + 1.01f,
                             .fixed = 0.5f * (float)dice_int(-200, 300), .clamps = dice_int(0, 1)};
    if (t.clamps) {
        t.lo = dice_int(least, least + 255);
        t.hi = dice_int(t.lo, least + 255);
    }
    return t;
}

static test_case new_case(oct_conv_int_shape s)
{
    test_case c = {.s = s, .x_scale = 0.02f, .y_scale = 0.5f, .x_zero = (uint8_t)dice_u32(), .y_zero = (uint8_t)dice_u32(),
                   .n_positions = (size_t)s.N * (size_t)s.OH * (size_t)s.OW, .x_pitch = (size_t)pitch_of(s.x_pitch, s.C),
                   .y_pitch = (size_t)pitch_of(s.y_pitch, s.OC * (int)oct_conv_int_y_size(&s)), .r_pitch = (size_t)pitch_of(s.r_pitch, s.OC)};
    const size_t ICG = (size_t)(s.C / s.G), area = (size_t)s.KH * (size_t)s.KW;
    const int zero = s.w_signed ? 0 : 128;
    if (dice_int(0, 2) == 0)
        c.x_zero = s.x_signed ? 128 : 0;
    if (dice_int(0, 2) == 0)
        c.y_zero = 0;
    c.n_y = (c.n_positions - 1) * c.y_pitch + (size_t)s.OC * (size_t)oct_conv_int_y_size(&s);
    c.x = make_image(((size_t)s.N * (size_t)s.H * (size_t)s.W - 1) * c.x_pitch + (size_t)s.C, dice_int(0, N_PATTERNS - 1));
    if (s.out != OCT_CONV_INT_I32)
        c.store = random_store(s.out == OCT_CONV_INT_I8);
    c.r = make_image(c.store.add ? (c.n_positions - 1) * c.r_pitch + (size_t)s.OC : 1, dice_int(0, N_PATTERNS - 1));
    c.weights = s.wide_weights ? make_wide_weights((size_t)s.OC * ICG * area)
                               : make_weights((size_t)s.OC * ICG * area, dice_int(0, N_PATTERNS - 1), zero);
    c.w_zero = guarded_new((size_t)s.OC, 1, zero);
    for (int o = 0; o < s.OC; o++)
        c.w_zero.p[o] = (uint8_t)(!s.wide_weights ? zero : s.w_signed ? dice_int(-127, 127) : dice_int(1, 255));
    c.bias = malloc((size_t)s.OC * 4);
    c.w_scale = malloc((size_t)s.OC * 4);
    for (int o = 0; o < s.OC; o++) {
        c.bias[o] = dice_int(-100000, 100000);
        c.w_scale[o] = random_scale();
    }
    c.w = (oct_conv_int_weights){.w = c.weights.p, .stride_o = (int64_t)(ICG * area), .stride_i = (int64_t)area,
                                 .w_zero = c.w_zero.p, .bias = c.bias, .w_scale = c.w_scale,
                                 .zero_per_oc = dice_int(0, 1), .scale_per_oc = dice_int(0, 1),
                                 .double_mult = dice_int(0, 1)};
    if (area == 1 && s.G == 1 && dice_int(0, 1)) {
        c.w.stride_o = 1;
        c.w.stride_i = s.OC;
    }
    return c;
}

static void check_shape(oct_conv_int_shape s)
{
    if (!oct_conv_u8s8_takes(&s))
        return;
    test_case c = new_case(s);
    c.w.x_scale = &c.x_scale;
    c.w.y_scale = &c.y_scale;
    uint8_t *expected = malloc(c.n_y);
    naive(&c, expected);
    const oct_conv_u8s8 *last = NULL;
    for (int level = 0; level <= (int)oct_cpu_detect(); level++) {
        const oct_conv_u8s8 *record = oct_conv_u8s8_select((oct_cpu_level)level);
        if (record != last)
            check_record(&c, record, expected);
        last = record;
    }
#ifdef TEST_EMULATED_AVX512
    if (oct_cpu_detect() >= OCT_CPU_AVX2)
        check_record(&c, &oct_conv_u8s8_avx512vnni_emulated, expected);
#endif
    if (c.store.add == 0 && !c.store.clamps && s.y_pitch == 0 && s.x_pitch == 0)
        check_conv_int(&c, expected);
    free(expected);
    free(c.bias);
    free(c.w_scale);
    guarded_free(&c.x);
    guarded_free(&c.r);
    guarded_free(&c.weights);
    guarded_free(&c.w_zero);
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
        .x_signed = dice_int(0, 1), .w_signed = dice_int(0, 1),
        .out = dice_int(0, 5) == 0 ? OCT_CONV_INT_I32 : dice_int(0, 1) ? OCT_CONV_INT_U8 : OCT_CONV_INT_I8, .wide_weights = dice_int(0, 3) == 0,
    };
    s.C = s.G * channels[dice_u32() % 17];
    if (kind == DEPTHWISE && s.C == 1)
        s.C = 130;
    s.OC = s.G * channels[dice_u32() % 17];
    if (dice_int(0, 3) == 0) {
        s.x_pitch = s.C + dice_int(0, 20);
        s.y_pitch = s.OC + dice_int(0, 20);
        s.r_pitch = s.OC + dice_int(0, 20);
    }
    if (kind == DEPTHWISE) {
        if (dice_int(0, 1)) /* columns slide */
            s.KH = s.KW = 3, s.dilation_w = 1;
        s.G = s.OC = s.C;
        s.y_pitch = s.r_pitch = s.x_pitch;
    }
    if (kind == PRODUCT || dice_int(0, 7) == 0) {
        s.KH = s.KW = s.H = s.stride_h = s.stride_w = s.dilation_h = s.dilation_w = 1;
        s.pad_top = s.pad_left = 0;
        s.W = dice_int(1, dice_int(0, 1) ? 10 : 300);
    }
    s.OH = (s.H + 2 * s.pad_top + dice_int(0, s.H > 1) - s.dilation_h * (s.KH - 1) - 1) / s.stride_h + 1;
    s.OW = (s.W + 2 * s.pad_left - s.dilation_w * (s.KW - 1) - 1) / s.stride_w + 1;
    return s;
}

static oct_conv_int_shape square(int C, int OC, int H, int K, int stride, int pad, int G)
{
    const int OH = (H + 2 * pad - K) / stride + 1;
    return (oct_conv_int_shape){.N = 1, .H = H, .W = H, .C = C, .OH = OH, .OW = OH, .OC = OC, .KH = K, .KW = K, .G = G,
                                .stride_h = stride, .stride_w = stride, .dilation_h = 1, .dilation_w = 1, .pad_top = pad,
                                .pad_left = pad, .x_signed = dice_int(0, 1), .w_signed = dice_int(0, 1),
                                .out = OCT_CONV_INT_U8};
}

/* First layers, deep sums, a kernel larger than the image, many taps. */
static void check_named(void)
{
    check_shape(square(3, 32, 35, 3, 2, 1, 1));
    check_shape(square(3, 64, 31, 7, 2, 3, 1));
    check_shape(square(1, 8, 28, 5, 1, 2, 1));
    check_shape(square(65000, 3, 1, 1, 1, 0, 1));
    check_shape(square(512, 40, 7, 3, 1, 1, 1));
    check_shape(square(8, 8, 3, 9, 1, 4, 1));
    check_shape(square(5, 5, 12, 12, 1, 6, 5));
    check_shape(square(130, 130, 14, 3, 1, 1, 130));
    check_shape(square(20, 20, 140, 3, 1, 1, 20)); /* several rows at once, in pieces */
    check_shape(square(96, 96, 15, 5, 2, 2, 96));
    check_shape(square(64, 64, 9, 5, 1, 2, 64));
    for (int C = 1; C <= 16; C++) /* few quads, of whole rows of taps and of cut ones */
        for (int K = 1; K <= 6; K++)
            for (int OC = 16; OC <= 64; OC += 24)
                for (int KH = 1; KH <= 3; KH += 2) {
                    oct_conv_int_shape s = square(C, OC, 13, K, 1 + (C + K) % 2, K / 2, 1);
                    s.KH = KH;
                    s.pad_top = KH / 2;
                    s.OH = (s.H - 1) / s.stride_h + 1;
                    check_shape(s);
                }
    check_shape(square(40, 24, 12, 6, 1, 2, 1)); /* more taps than are listed at once */
    for (int i = 0; i < 5; i++) { /* one row, panels of all widths */
        static const int widths[] = {16, 24, 32, 40, 100};
        check_shape(square(96, widths[i], 1, 1, 1, 0, 1));
        check_shape(square(24, widths[i], 7, 7, 1, 0, 1));
        oct_conv_int_shape wide = square(70, widths[i], 1, 1, 1, 0, 1);
        wide.wide_weights = 1;
        wide.out = i % 2 ? OCT_CONV_INT_I32 : OCT_CONV_INT_I8;
        check_shape(wide);
    }
    static const int channels[] = {2, 15, 16, 17, 32, 33, 63, 64, 65, 80, 96, 144, 200}; /* blocks of few channels */
    for (size_t i = 0; i < sizeof channels / sizeof *channels; i++)
        for (int H = 1; H <= 21; H += H < 4 ? 1 : 3)
            for (int stride = 1; stride <= 2; stride++)
                for (int pad = 0; pad <= 2; pad++)
                    if (H + 2 * pad >= 3)
                        check_shape(square(channels[i], channels[i], H, 3, stride, pad, channels[i]));
    for (int groups = 1; groups <= 130; groups += 129) { /* more positions than are summed at once, two taps for one */
        oct_conv_int_shape wide = square(130, 130, 30, groups == 1 ? 1 : 3, 1, groups > 1, groups);
        wide.wide_weights = 1;
        check_shape(wide);
    }
    oct_conv_int_shape s = {.N = 2, .H = 12, .W = 5, .C = 1, .OH = 3, .OW = 1, .OC = 7, .KH = 2, .KW = 5, .G = 1,
                            .stride_h = 4, .stride_w = 4, .dilation_h = 2, .dilation_w = 1, .pad_top = 1, .pad_left = 1,
                            .w_signed = 1, .out = OCT_CONV_INT_U8}; /* needs as many columns as there are, but others */
    for (int i = 0; i < 20; i++)
        check_shape(s);
    s = square(4, 4, 8, 3, 1, 1, 4);
    s.out = OCT_CONV_INT_I32;
    CHECK(!oct_conv_u8s8_takes(&s), "int32 results of a depthwise convolution are conv_int's");
    s = square(4, 4, 8, 3, 1, 1, 1);
    s.out = OCT_CONV_INT_I32;
    s.y_pitch = 20;
    CHECK(!oct_conv_u8s8_takes(&s), "int32 results have no gaps");
    s = square(1, 1, 60, 31, 1, 15, 1);
    CHECK(!oct_conv_u8s8_takes(&s), "31 x 31 border classes");
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
    check_named();
    for (int i = 0; i < n_cases; i++) {
        const oct_conv_int_shape s = random_shape();
        if (s.OH > 0 && s.OW > 0)
            check_shape(s);
    }
    CHECK(n_tilings > n_cases || oct_cpu_detect() == OCT_CPU_REF, "only %d tilings", n_tilings);
    return check_done();
}
