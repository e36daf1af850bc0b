/* x - x_zero as int16 with the padding around it, compiled once per level: loops that compilers vectorize.
 * SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "kernels/conv_int_plan.h"

static void widen_u8(int16_t *restrict dst, const uint8_t *restrict x, int32_t zero, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        dst[i] = (int16_t)(x[i] - zero);
}

static void widen_i8(int16_t *restrict dst, const int8_t *restrict x, int32_t zero, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        dst[i] = (int16_t)(x[i] - zero);
}

static void widen_bytes(const oct_conv_int_shape *s, int16_t *dst, const uint8_t *x, int32_t zero, int64_t n)
{
    if (s->x_signed)
        widen_i8(dst, (const int8_t *)x, zero, n);
    else
        widen_u8(dst, x, zero, n);
}

/* Pixels of three channels get a fourth: the image that a network starts with. */
static void widen_rgb(const oct_conv_int_shape *s, int16_t *restrict dst, const uint8_t *restrict x, int32_t zero,
                      int64_t n_pixels)
{
    int32_t flip = s->x_signed ? 128 : 0; /* (x ^ 128) - 128 is x as int8 */
    for (int64_t i = 0; i < n_pixels; i++, dst += 4, x += 3) {
        dst[0] = (int16_t)((x[0] ^ flip) - flip - zero);
        dst[1] = (int16_t)((x[1] ^ flip) - flip - zero);
        dst[2] = (int16_t)((x[2] ^ flip) - flip - zero);
        dst[3] = 0;
    }
}

/* One pixel, group by group, with its channels rounded up. */
static void widen_pixel(const oct_conv_int_shape *s, const oct_conv_int_plan *p, int16_t *dst, const uint8_t *x,
                        int32_t zero)
{
    int64_t n_groups = p->depthwise ? 1 : s->G, n = s->C / n_groups;
    for (int64_t g = 0; g < n_groups; g++, dst += p->ICP, x += n) {
        widen_bytes(s, dst, x, zero, n);
        for (int64_t i = n; i < p->ICP; i++)
            dst[i] = 0;
    }
}

static int32_t get_zero(const oct_conv_int_args *a, int64_t column)
{
    if (!a->x_zero)
        return 0;
    uint8_t z = a->x_zero[a->shape->x_zero_per_column ? column : 0];
    return a->shape->x_signed ? (int8_t)z : z;
}

static int64_t clamp(int64_t v, int64_t lo, int64_t hi)
{
    return v < lo ? lo : v > hi ? hi : v;
}

/* Columns c0..c1 of one row of the image; first..end of them lie inside x. */
static void widen_piece(const oct_conv_int_args *a, size_t item)
{
    const oct_conv_int_shape *s = a->shape;
    oct_conv_int_plan p = oct_conv_int_get_plan(s, NULL);
    int64_t pieces = (p.WP + p.piece - 1) / p.piece;
    int64_t row = (int64_t)item / pieces, c0 = (int64_t)item % pieces * p.piece;
    int64_t c1 = clamp(c0 + p.piece, 0, p.WP), h = row % p.HP - s->pad_top;
    bool outside = h < 0 || h >= s->H;
    int64_t first = outside ? c1 : clamp(s->pad_left, c0, c1), end = clamp((int64_t)s->W + s->pad_left, first, c1);
    int16_t *dst = a->image + row * p.row;
    const uint8_t *x = a->x + (row / p.HP * s->H + h) * s->W * s->C;
    memset(dst + c0 * p.pixel, 0, (size_t)((first - c0) * p.pixel) * sizeof *dst);
    if (p.pixel == s->C && !s->x_zero_per_column && end > first)
        widen_bytes(s, dst + first * p.pixel, x + (first - s->pad_left) * s->C, get_zero(a, 0), (end - first) * s->C);
    else if (s->C == 3 && p.pixel == 4 && !s->x_zero_per_column && end > first)
        widen_rgb(s, dst + first * 4, x + (first - s->pad_left) * 3, get_zero(a, 0), end - first);
    else
        for (int64_t w = first; w < end; w++)
            widen_pixel(s, &p, dst + w * p.pixel, x + (w - s->pad_left) * s->C, get_zero(a, w - s->pad_left));
    memset(dst + end * p.pixel, 0, (size_t)((c1 - end) * p.pixel) * sizeof *dst);
}
