/* Transposed convolution: random shapes against the formula of conv_transpose_f32.h, per output value, at every level.
 * SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "dice.h"
#include "guarded.h"
#include "kernels/conv_transpose_f32.h"
#include "same_f32.h"

#define FILL 0xA5

static float act(float v, const oct_act *a)
{
    if (a->kind == OCT_ACT_CLAMP) {
        v = v < a->lo ? a->lo : v;
        return v > a->hi ? a->hi : v;
    }
    return a->kind == OCT_ACT_LEAKY && v < 0 ? v * a->alpha : v;
}

/* One output value; w as ONNX stores it. */
static float naive(const oct_conv_transpose_shape *s, const float *x, const float *w, const float *bias, int n, int oh,
                   int ow, int oc)
{
    int ICG = s->C / s->G, OCG = s->OC / s->G, g = oc / OCG;
    float acc = bias ? bias[oc] : 0.0f;
    for (int kh = 0; kh < s->KH; kh++)
        for (int kw = 0; kw < s->KW; kw++) {
            int h = oh + s->pad_top - kh * s->dilation_h, v = ow + s->pad_left - kw * s->dilation_w;
            if (h < 0 || v < 0 || h % s->stride_h || v % s->stride_w || h / s->stride_h >= s->H ||
                v / s->stride_w >= s->W)
                continue;
            for (int ic = g * ICG; ic < (g + 1) * ICG; ic++)
                acc = fmaf(x[((n * s->H + h / s->stride_h) * s->W + v / s->stride_w) * s->C + ic],
                           w[((ic * OCG + oc % OCG) * s->KH + kh) * s->KW + kw], acc);
        }
    return act(acc, &s->act);
}

static oct_conv_transpose_shape random_shape(void)
{
    static const int channels[] = {1, 2, 3, 7, 8, 9, 16, 17, 24, 31, 40, 64, 70, 130};
    oct_conv_transpose_shape s = {
        .N = dice_int(1, 2),
        .H = dice_int(1, 5),
        .W = dice_int(1, 6),
        .G = dice_int(0, 3) ? 1 : dice_int(2, 3),
        .KH = dice_int(1, 4),
        .KW = dice_int(1, 4),
        .stride_h = dice_int(1, 3),
        .stride_w = dice_int(1, 3),
        .dilation_h = dice_int(1, 2),
        .dilation_w = dice_int(1, 2),
        .pad_top = dice_int(-1, 2),
        .pad_left = dice_int(0, 2),
    };
    s.C = s.G * dice_int(1, 9);
    s.OC = s.G * channels[dice_u32() % 14];
    s.OH = (s.H - 1) * s.stride_h + (s.KH - 1) * s.dilation_h + 1 - dice_int(-2, 2);
    s.OW = (s.W - 1) * s.stride_w + (s.KW - 1) * s.dilation_w + 1 - dice_int(-2, 2);
    s.act = (oct_act){dice_int(0, 2), -1.0f, 2.0f, 0.25f};
    return s;
}

static void check_level(const oct_conv_transpose_shape *s, oct_cpu_level level, const float *x, const float *packed,
                        const float *expected)
{
    size_t n = (size_t)s->N * (size_t)s->OH * (size_t)s->OW * (size_t)s->OC, n_items = oct_conv_transpose_n_items(s);
    guarded y = guarded_new(n * 4, dice_int(0, 1), FILL);
    oct_conv_transpose_args a = {s, packed, x, (float *)(void *)y.p};
    size_t *order = dice_order(n_items);
    for (size_t i = 0; i < n_items; i++)
        oct_conv_transpose_select(level)(&a, order[i]);
    size_t at = same_f32(a.y, expected, n);
    CHECK(at == n && guarded_intact(&y, FILL),
          "%s at %zu: H%d W%d C%d OH%d OW%d OC%d K%dx%d s%dx%d d%dx%d pads %d %d G%d act %d", oct_cpu_name(level), at,
          s->H, s->W, s->C, s->OH, s->OW, s->OC, s->KH, s->KW, s->stride_h, s->stride_w, s->dilation_h, s->dilation_w,
          s->pad_top, s->pad_left, s->G, s->act.kind);
    free(order);
    guarded_free(&y);
}

static guarded random_floats(size_t n, int rarity)
{
    guarded g = guarded_new(n * 4, 1, FILL);
    for (size_t i = 0; i < n; i++)
        ((float *)(void *)g.p)[i] = dice_spiced(rarity);
    return g;
}

static void check_shape(const oct_conv_transpose_shape *s)
{
    size_t n_w = (size_t)s->C * (size_t)(s->OC / s->G) * (size_t)s->KH * (size_t)s->KW;
    size_t n_y = (size_t)s->N * (size_t)s->OH * (size_t)s->OW * (size_t)s->OC;
    int rarity = dice_int(0, 1) ? 1000000 : 30;
    guarded x = random_floats((size_t)s->N * (size_t)s->H * (size_t)s->W * (size_t)s->C, rarity);
    guarded w = random_floats(n_w, rarity), bias = random_floats((size_t)s->OC, rarity);
    guarded packed = guarded_new(oct_conv_transpose_packed_size(s), 1, FILL);
    const float *b = dice_int(0, 3) ? (const float *)(void *)bias.p : NULL;
    float *expected = malloc(n_y * 4);
    for (size_t i = 0; i < n_y; i++) {
        int oc = (int)(i % (size_t)s->OC), p = (int)(i / (size_t)s->OC);
        expected[i] = naive(s, (const float *)(void *)x.p, (const float *)(void *)w.p, b, p / s->OW / s->OH,
                            p / s->OW % s->OH, p % s->OW, oc);
    }
    oct_conv_transpose_pack((float *)(void *)packed.p, s, w.p, b);
    for (int level = 0; level <= (int)oct_cpu_detect(); level++)
        check_level(s, (oct_cpu_level)level, (const float *)(void *)x.p, (const float *)(void *)packed.p, expected);
    free(expected);
    guarded_free(&x);
    guarded_free(&w);
    guarded_free(&bias);
    guarded_free(&packed);
}

int main(void)
{
    for (int i = 0; i < 400; i++) {
        oct_conv_transpose_shape s = random_shape();
        if (s.OH > 0 && s.OW > 0)
            check_shape(&s);
    }
    return check_done();
}
