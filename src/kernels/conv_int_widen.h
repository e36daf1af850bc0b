/* x - x_zero as int16 with the padding around it, compiled once per level: loops that compilers vectorize.
 * SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/compiler.h"
#include "kernels/conv_int_plan.h"

/* How bytes become numbers less the zero point: (x ^ flip) - less */
typedef struct opening {
    uint8_t flip;
    int32_t less;
} opening;

OCT_NOINLINE void widen_bytes(int16_t *restrict dst, const uint8_t *restrict x, opening o, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        dst[i] = (int16_t)((x[i] ^ o.flip) - o.less);
}

/* Pixels of three channels get a fourth: the image that a network starts with. */
OCT_NOINLINE void widen_rgb(int16_t *restrict dst, const uint8_t *restrict x, opening o, int64_t n_pixels)
{
    for (int64_t i = 0; i < n_pixels; i++, dst += 4, x += 3) {
        dst[0] = (int16_t)((x[0] ^ o.flip) - o.less);
        dst[1] = (int16_t)((x[1] ^ o.flip) - o.less);
        dst[2] = (int16_t)((x[2] ^ o.flip) - o.less);
        dst[3] = 0;
    }
}

/* One pixel, group by group, with its channels rounded up. */
static void widen_pixel(const oct_conv_int_shape *s, const oct_conv_int_plan *p, int16_t *dst, const uint8_t *x, opening o)
{
    int64_t n_groups = p->depthwise ? 1 : s->G, n = s->C / n_groups;
    for (int64_t g = 0; g < n_groups; g++, dst += p->ICP, x += n) {
        widen_bytes(dst, x, o, n);
        for (int64_t i = n; i < p->ICP; i++)
            dst[i] = 0;
    }
}

static opening get_opening(const oct_conv_int_args *a, int64_t column)
{
    const uint8_t z = !a->x_zero ? 0 : a->x_zero[a->shape->x_zero_per_column ? column : 0];
    return a->shape->x_signed ? (opening){128, (int8_t)z + 128} : (opening){0, z};
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
        widen_bytes(dst + first * p.pixel, x + (first - s->pad_left) * s->C, get_opening(a, 0), (end - first) * s->C);
    else if (s->C == 3 && p.pixel == 4 && !s->x_zero_per_column && end > first)
        widen_rgb(dst + first * 4, x + (first - s->pad_left) * 3, get_opening(a, 0), end - first);
    else
        for (int64_t w = first; w < end; w++)
            widen_pixel(s, &p, dst + w * p.pixel, x + (w - s->pad_left) * s->C, get_opening(a, w - s->pad_left));
    memset(dst + end * p.pixel, 0, (size_t)((c1 - end) * p.pixel) * sizeof *dst);
}
