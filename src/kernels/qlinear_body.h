/* Body of the 8-bit operators, compiled once per level with LEVEL(name) = name_<level>: loops that compilers vectorize.
 * SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "kernels/qlinear_real.h"

/* Everything that is the same for a whole item of the addition. */
typedef struct add_scales {
    float a, b, fixed;
    oct_qrange range; /* the zero point is part of `fixed`; range.zero makes a byte of a raised number */
} add_scales;

static add_scales get_scales(const oct_qlinear_add_args *p)
{
    const bool is_signed = p->add->numbers == OCT_NUMBERS_I8;
    const int32_t less = p->add->numbers == OCT_NUMBERS_RAISED ? 128 : 0;
    float a = *p->a_scale.scale / *p->y_scale.scale, b = *p->b_scale.scale / *p->y_scale.scale;
    b = p->add->subtract ? -b : b;
    float a_zero = (float)(oct_qlinear_zero(&p->a_scale, is_signed) - less);
    float b_zero = (float)(oct_qlinear_zero(&p->b_scale, is_signed) - less);
    float y_zero = (float)(oct_qlinear_zero(&p->y_scale, is_signed) - less);
    const float lo = is_signed || less ? -128 : 0;
    return (add_scales){a, b, y_zero - fmaf(a, a_zero, b * b_zero), {lo, lo + 255, less}};
}

#define ADD_ONE(T, LESS, yi, ai, bi) \
    y[yi] = (T)oct_requant(fmaf((float)(a[ai] - LESS), s.a, fmaf((float)(b[bi] - LESS), s.b, s.fixed)), s.range)

/* A row: both dense, one of them a single number, anything. */
#define ADD(NAME, T, LESS)                                                                             \
    static void add_row_##NAME(void *context, const int64_t at[OCT_ND_MAX_ARRAYS], int64_t n)             \
    {                                                                                                  \
        const oct_qlinear_add_args *p = context;                                                       \
        const oct_nd *nd = &p->add->nd;                                                                \
        int64_t ys = nd->strides[0][nd->rank - 1], as = nd->strides[1][nd->rank - 1],                  \
                bs = nd->strides[2][nd->rank - 1];                                                     \
        T *y = (T *)p->y + at[0];                                                                      \
        const T *a = (const T *)p->a + at[1], *b = (const T *)p->b + at[2];                            \
        add_scales s = get_scales(p);                                                                  \
        if (ys == 1 && as == 1 && bs == 1)                                                             \
            for (int64_t i = 0; i < n; i++)                                                            \
                ADD_ONE(T, LESS, i, i, i);                                                             \
        else                                                                                           \
            for (int64_t i = 0; i < n; i++)                                                            \
                ADD_ONE(T, LESS, i * ys, i * as, i * bs);                                              \
    }
ADD(u8, uint8_t, 0)
ADD(i8, int8_t, 0)
ADD(raised, uint8_t, 128)

void LEVEL(oct_qlinear_add)(const oct_qlinear_add_args *a, size_t item)
{
    oct_qlinear_add_args copy = *a;
    oct_nd_run(&a->add->nd, &a->add->cut, item,
               a->add->numbers == OCT_NUMBERS_I8 ? add_row_i8 : a->add->numbers == OCT_NUMBERS_U8 ? add_row_u8 : add_row_raised, &copy);
}

/* Everything that is the same for a whole item of the product. */
typedef struct mul_scales {
    int32_t a_zero, b_zero;
    float m;
    oct_qrange range;
} mul_scales;

static mul_scales get_mul_scales(const oct_qlinear_add_args *p)
{
    bool is_signed = p->add->numbers == OCT_NUMBERS_I8;
    return (mul_scales){oct_qlinear_zero(&p->a_scale, is_signed), oct_qlinear_zero(&p->b_scale, is_signed),
                        *p->a_scale.scale * *p->b_scale.scale / *p->y_scale.scale,
                        oct_qlinear_range(&p->y_scale, is_signed)};
}

#define MUL_ONE(T, yi, ai, bi) \
    y[yi] = (T)oct_requant((float)((a[ai] - s.a_zero) * (b[bi] - s.b_zero)) * s.m, s.range)

#define MUL(T)                                                                                         \
    static void mul_row_##T(void *context, const int64_t at[OCT_ND_MAX_ARRAYS], int64_t n)             \
    {                                                                                                  \
        const oct_qlinear_add_args *p = context;                                                       \
        const oct_nd *nd = &p->add->nd;                                                                \
        int64_t ys = nd->strides[0][nd->rank - 1], as = nd->strides[1][nd->rank - 1],                  \
                bs = nd->strides[2][nd->rank - 1];                                                     \
        T *y = (T *)p->y + at[0];                                                                      \
        const T *a = (const T *)p->a + at[1], *b = (const T *)p->b + at[2];                            \
        mul_scales s = get_mul_scales(p);                                                              \
        if (ys == 1 && as == 1 && bs == 1)                                                             \
            for (int64_t i = 0; i < n; i++)                                                            \
                MUL_ONE(T, i, i, i);                                                                   \
        else                                                                                           \
            for (int64_t i = 0; i < n; i++)                                                            \
                MUL_ONE(T, i * ys, i * as, i * bs);                                                    \
    }
MUL(uint8_t)
MUL(int8_t)

void LEVEL(oct_qlinear_mul)(const oct_qlinear_add_args *a, size_t item)
{
    oct_qlinear_add_args copy = *a;
    oct_nd_run(&a->add->nd, &a->add->cut, item, a->add->numbers == OCT_NUMBERS_I8 ? mul_row_int8_t : mul_row_uint8_t, &copy);
}

/* sum[c] += x of channels c0.., n of them, over all pixels of image `x` */
#define SUM(T)                                                                                             \
    static void sum_##T(const oct_qlinear_average *p, const T *x, int64_t n, int32_t *restrict sum)        \
    {                                                                                                      \
        for (int64_t h = 0; h < p->H; h++)                                                                 \
            for (int64_t w = 0; w < p->W; w++) {                                                           \
                const T *pixel = x + h * p->x_h + w * p->x_w;                                              \
                if (p->x_c == 1)                                                                           \
                    for (int64_t c = 0; c < n; c++)                                                        \
                        sum[c] += pixel[c];                                                                \
                else                                                                                       \
                    for (int64_t c = 0; c < n; c++)                                                        \
                        sum[c] += pixel[c * p->x_c];                                                       \
            }                                                                                              \
    }
SUM(uint8_t)
SUM(int8_t)

void LEVEL(oct_qlinear_average)(const oct_qlinear_average_args *a, size_t item)
{
    const oct_qlinear_average *p = a->average;
    int64_t blocks = (p->C + OCT_QLINEAR_CHANNELS - 1) / OCT_QLINEAR_CHANNELS, image = (int64_t)item / blocks;
    int64_t c0 = (int64_t)item % blocks * OCT_QLINEAR_CHANNELS, left = p->C - c0, pixels = p->H * p->W;
    int64_t n = left < OCT_QLINEAR_CHANNELS ? left : OCT_QLINEAR_CHANNELS, at = image * p->x_n + c0 * p->x_c;
    int32_t sum[OCT_QLINEAR_CHANNELS] = {0}, zeros = (int32_t)pixels * oct_qlinear_zero(&a->x_scale, p->x_signed);
    float m = *a->x_scale.scale / (*a->y_scale.scale * (float)pixels);
    oct_qrange range = oct_qlinear_range(&a->y_scale, p->y_signed);
    if (p->x_signed)
        sum_int8_t(p, (const int8_t *)a->x + at, n, sum);
    else
        sum_uint8_t(p, (const uint8_t *)a->x + at, n, sum);
    uint8_t *y = (uint8_t *)a->y + image * p->C + c0;
    for (int64_t c = 0; c < n; c++)
        y[c] = (uint8_t)oct_requant((float)(sum[c] - zeros) * m, range);
}

/* y of one window for n channels, `sum` being that of its taps */
static void finish_pool(const oct_qlinear_pool_args *a, const oct_window_taps *t, const int32_t *sum, int32_t n, uint8_t *y)
{
    int32_t n_taps = (t->kh1 - t->kh0) * (t->kw1 - t->kw0), is_signed = a->pool->is_signed;
    int32_t zeros = t->count > 0 ? n_taps * oct_qlinear_zero(&a->x_scale, is_signed) : 0;
    float m = t->count > 0 ? *a->x_scale.scale / (*a->y_scale.scale * t->count) : 0;
    oct_qrange range = oct_qlinear_range(&a->y_scale, is_signed);
    for (int32_t c = 0; c < n; c++)
        y[c] = (uint8_t)oct_requant((float)(sum[c] - zeros) * m, range);
}

/* Channels c0.., at most OCT_QLINEAR_CHANNELS of them, of one output */
#define POOL(T)                                                                                                        \
    static void pool_##T(const oct_qlinear_pool_args *a, const oct_window_taps *t, int64_t c0, int32_t n, uint8_t *y)  \
    {                                                                                                                  \
        const oct_window_shape *s = &a->pool->shape;                                                                   \
        int32_t sum[OCT_QLINEAR_CHANNELS] = {0};                                                                       \
        for (int32_t kh = t->kh0; kh < t->kh1; kh++)                                                                   \
            for (int32_t kw = t->kw0; kw < t->kw1; kw++) {                                                             \
                int64_t pixel = t->first + (int64_t)(kh - t->kh0) * s->dilation_h * s->W +                             \
                                (int64_t)(kw - t->kw0) * s->dilation_w;                                                \
                const T *x = (const T *)a->x + pixel * s->C + c0;                                                      \
                for (int32_t c = 0; c < n; c++)                                                                        \
                    sum[c] += x[c];                                                                                    \
            }                                                                                                          \
        finish_pool(a, t, sum, n, y);                                                                                  \
    }
POOL(uint8_t)
POOL(int8_t)

void LEVEL(oct_qlinear_pool)(const oct_qlinear_pool_args *a, size_t item)
{
    const oct_window_shape *s = &a->pool->shape;
    oct_window_item it = oct_window_get_item(s, item);
    oct_window_taps t = {0};
    for (int32_t ow = 0, same = 0; ow < s->OW; ow++, same--, t.first += s->stride_w) {
        if (same == 0) {
            t = oct_window_get_taps(s, it.n, it.oh, ow);
            same = oct_window_n_same(s, ow, &t);
        }
        uint8_t *y = (uint8_t *)a->y + (((int64_t)it.n * s->OH + it.oh) * s->OW + ow) * s->C + it.c;
        for (int32_t c = 0; c < it.n_channels; c += OCT_QLINEAR_CHANNELS) {
            int32_t left = it.n_channels - c, n = left < OCT_QLINEAR_CHANNELS ? left : OCT_QLINEAR_CHANNELS;
            if (a->pool->is_signed)
                pool_int8_t(a, &t, it.c + c, n, y + c);
            else
                pool_uint8_t(a, &t, it.c + c, n, y + c);
        }
    }
}

/* LOOKUP_DENSE(y, x, table, n) does the first elements of a dense row and returns how many. */
static void lookup_row(void *context, const int64_t at[OCT_ND_MAX_ARRAYS], int64_t n)
{
    const oct_qlinear_lookup_args *a = context;
    int last = a->nd->rank - 1;
    int64_t ys = a->nd->strides[0][last], xs = a->nd->strides[1][last], i = 0;
    uint8_t *y = a->y + at[0];
    const uint8_t *x = a->x + at[1];
    if (ys == 1 && xs == 1)
        i = LOOKUP_DENSE(y, x, a->table, n);
    for (; i < n; i++)
        y[i * ys] = a->table[x[i * xs]];
}

void LEVEL(oct_qlinear_lookup)(const oct_qlinear_lookup_args *a, size_t item)
{
    oct_qlinear_lookup_args copy = *a;
    oct_nd_run(a->nd, a->cut, item, lookup_row, &copy);
}
