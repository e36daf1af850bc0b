/* Integer convolution: random shapes with extreme data against the formula of conv_int.h in int64, at every level.
 * SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "dice.h"
#include "guarded.h"
#include "kernels/conv_int.h"

#define FILL 0xA5

typedef struct conv_case {
    oct_conv_int_shape s;
    oct_conv_int_weights w;
    guarded x, weights, x_zero, w_zero;
    int32_t *bias;
    float *w_scale;
    float x_scale, y_scale;
    uint8_t y_zero;
    size_t n_y;
} conv_case;

static int get(const void *p, int64_t i, int is_signed)
{
    return is_signed ? ((const int8_t *)p)[i] : ((const uint8_t *)p)[i];
}

static int64_t sum_taps(const conv_case *c, int n, int oh, int ow, int oc)
{
    const oct_conv_int_shape *s = &c->s;
    int ICG = s->C / s->G, OCG = s->OC / s->G, first = oc / OCG * ICG;
    int w_zero = get(c->w_zero.p, c->w.zero_per_oc ? oc : 0, s->w_signed);
    int64_t acc = c->bias[oc];
    for (int kh = 0; kh < s->KH; kh++)
        for (int kw = 0; kw < s->KW; kw++) {
            int h = oh * s->stride_h - s->pad_top + kh * s->dilation_h,
                v = ow * s->stride_w - s->pad_left + kw * s->dilation_w;
            if (h < 0 || h >= s->H || v < 0 || v >= s->W)
                continue;
            int x_zero = get(c->x_zero.p, s->x_zero_per_column ? v : 0, s->x_signed);
            for (int i = 0; i < ICG; i++) {
                int64_t at = oc * c->w.stride_o + i * c->w.stride_i + kh * s->KW + kw;
                int64_t x = get(c->x.p, ((n * s->H + h) * s->W + v) * s->C + first + i, s->x_signed);
                acc += (x - x_zero) * (get(c->weights.p, at, s->w_signed) - w_zero);
            }
        }
    return acc;
}

static void naive(const conv_case *c, void *y)
{
    const oct_conv_int_shape *s = &c->s;
    for (size_t i = 0; i < c->n_y; i++) {
        int oc = (int)(i % (size_t)s->OC), p = (int)(i / (size_t)s->OC);
        int64_t acc = sum_taps(c, p / s->OW / s->OH, p / s->OW % s->OH, p % s->OW, oc);
        if (s->out == OCT_CONV_INT_I32) {
            ((int32_t *)y)[i] = (int32_t)(uint32_t)(uint64_t)acc;
            continue;
        }
        int is_signed = s->out == OCT_CONV_INT_I8, zero = get(&c->y_zero, 0, is_signed);
        const float w_scale = c->w_scale[c->w.scale_per_oc ? oc : 0];
        const float mult = c->w.double_mult ? (float)((double)c->x_scale * (double)w_scale / (double)c->y_scale)
                                            : c->x_scale * w_scale / c->y_scale;
        double v = rint((double)((float)acc * mult)) + zero, lo = is_signed ? -128 : 0, hi = lo + 255;
        ((uint8_t *)y)[i] = (uint8_t)(int)(v < lo ? lo : v > hi ? hi : v);
    }
}

static void check_level(const conv_case *c, oct_cpu_level level, const void *packed, const void *expected)
{
    const oct_conv_int_shape *s = &c->s;
    size_t n_bytes = c->n_y * (s->out == OCT_CONV_INT_I32 ? 4 : 1);
    guarded y = guarded_new(n_bytes, 1, FILL), image = guarded_new(oct_conv_int_image_size(s), 0, FILL);
    oct_conv_int_args a = {s, c->x.p, c->x_zero.p, (int16_t *)(void *)image.p, packed, &c->y_zero, y.p};
    const oct_conv_int *record = oct_conv_int_select(level, s);
    size_t n_pieces = oct_conv_int_n_pieces(s), n_items = oct_conv_int_n_items(s);
    size_t *pieces = dice_order(n_pieces), *items = dice_order(n_items);
    for (size_t i = 0; i < n_pieces; i++)
        record->widen(&a, pieces[i]);
    for (size_t i = 0; i < n_items; i++)
        record->run(&a, items[i]);
    CHECK(memcmp(y.p, expected, n_bytes) == 0 && guarded_intact(&y, FILL),
          "%s: N%d H%d W%d C%d OH%d OW%d OC%d K%dx%d s%dx%d d%dx%d pads %d %d G%d signed %d %d out %d wide %d",
          record->name, s->N, s->H, s->W, s->C, s->OH, s->OW, s->OC, s->KH, s->KW, s->stride_h, s->stride_w,
          s->dilation_h, s->dilation_w, s->pad_top, s->pad_left, s->G, s->x_signed, s->w_signed, s->out, s->wide);
    free(pieces);
    free(items);
    guarded_free(&y);
    guarded_free(&image);
}

/* 0, 128 and 255 often; `flat`: nothing but one of them. */
static guarded random_bytes(size_t n, int flat)
{
    static const uint8_t extremes[] = {0, 255, 128, 127};
    guarded g = guarded_new(n, 1, FILL);
    for (size_t i = 0; i < n; i++)
        g.p[i] = flat >= 0 ? extremes[flat] : dice_int(0, 2) ? (uint8_t)dice_u32() : extremes[dice_u32() % 4];
    return g;
}

static conv_case new_case(oct_conv_int_shape s)
{
    int flat = dice_int(0, 5) ? -1 : 0;
    conv_case c = {.s = s, .x_scale = 0.02f, .y_scale = 0.5f, .y_zero = (uint8_t)dice_u32(),
                   .n_y = (size_t)s.N * (size_t)s.OH * (size_t)s.OW * (size_t)s.OC};
    size_t ICG = (size_t)(s.C / s.G), area = (size_t)s.KH * (size_t)s.KW;
    c.x = random_bytes((size_t)s.N * (size_t)s.H * (size_t)s.W * (size_t)s.C, flat);
    c.weights = random_bytes((size_t)s.OC * ICG * area, flat);
    c.x_zero = random_bytes((size_t)s.W, flat < 0 ? -1 : 1);
    c.w_zero = random_bytes((size_t)s.OC, flat < 0 ? -1 : 1);
    c.bias = malloc((size_t)s.OC * 4);
    c.w_scale = malloc((size_t)s.OC * 4);
    for (int o = 0; o < s.OC; o++) {
        c.bias[o] = dice_int(-100000, 100000);
        c.w_scale[o] = (dice_float() + 1.01f) * 0.02f;
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
    conv_case c = new_case(s);
    c.w.x_scale = &c.x_scale;
    c.w.y_scale = &c.y_scale;
    void *packed = aligned_alloc(64, oct_conv_int_packed_size(&s) + 64 - oct_conv_int_packed_size(&s) % 64);
    void *expected = malloc(c.n_y * 4);
    oct_conv_int_pack(packed, &s, &c.w);
    naive(&c, expected);
    for (int level = 0; level <= (int)oct_cpu_detect(); level++)
        check_level(&c, (oct_cpu_level)level, packed, expected);
    free(packed);
    free(expected);
    free(c.bias);
    free(c.w_scale);
    guarded_free(&c.x);
    guarded_free(&c.weights);
    guarded_free(&c.x_zero);
    guarded_free(&c.w_zero);
}

static oct_conv_int_shape random_shape(void)
{
    static const int channels[] = {1, 2, 3, 4, 5, 8, 15, 16, 17, 24, 32, 33, 100};
    int kind = dice_int(0, 3); /* dense, groups, depthwise, product */
    oct_conv_int_shape s = {
        .N = dice_int(1, 2),
        .H = dice_int(1, 8),
        .W = dice_int(1, 20),
        .G = kind == 1 ? dice_int(2, 4) : 1,
        .KH = dice_int(1, 4),
        .KW = dice_int(1, 4),
        .stride_h = dice_int(1, 3),
        .stride_w = dice_int(1, 2),
        .dilation_h = dice_int(1, 2),
        .dilation_w = dice_int(1, 2),
        .pad_top = dice_int(0, 3),
        .pad_left = dice_int(0, 3),
        .x_signed = dice_int(0, 1),
        .w_signed = dice_int(0, 1),
        .out = dice_int(0, 2),
        .wide = dice_int(0, 9) == 0,
    };
    s.C = s.G * channels[dice_u32() % 13];
    s.OC = s.G * channels[dice_u32() % 13];
    if (kind == 2)
        s.G = s.OC = s.C;
    if (kind == 3) {
        s.KH = s.KW = s.H = s.stride_h = s.stride_w = s.dilation_h = s.dilation_w = 1;
        s.pad_top = s.pad_left = 0;
        s.W = dice_int(1, 300);
        s.x_zero_per_column = dice_int(0, 1);
    }
    s.OH = (s.H + s.pad_top + dice_int(0, 2) - s.dilation_h * (s.KH - 1) - 1) / s.stride_h + 1;
    s.OW = (s.W + s.pad_left + (kind == 3 ? 0 : dice_int(0, 2)) - s.dilation_w * (s.KW - 1) - 1) / s.stride_w + 1;
    return s;
}

int main(void)
{
    for (int i = 0; i < 1000; i++) {
        oct_conv_int_shape s = random_shape();
        if (s.OH > 0 && s.OW > 0)
            check_shape(s);
    }
    /* sums beyond int32 */
    check_shape((oct_conv_int_shape){.N = 1,
                                     .H = 1,
                                     .W = 3,
                                     .C = 40000,
                                     .OH = 1,
                                     .OW = 3,
                                     .OC = 2,
                                     .KH = 1,
                                     .KW = 1,
                                     .G = 1,
                                     .stride_h = 1,
                                     .stride_w = 1,
                                     .dilation_h = 1,
                                     .dilation_w = 1,
                                     .wide = 1});
    return check_done();
}
