/* Body of the 16-bit operators, compiled once per level with LEVEL(name) = name_<level>: loops that compilers vectorize.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kernels/qlinear_real.h"
#include "kernels/qlinear_u16.h"

static oct_qrange get_range(const oct_qlinear_u16_scale *s, bool is_signed)
{
    return is_signed ? oct_qrange_make(-32768, 32767, s->zero) : oct_qrange_make(0, 65535, s->zero);
}

/* Everything that is the same for a whole item of the addition. */
typedef struct add_scales {
    double a, b;
    int32_t a_zero, b_zero;
    oct_qrange range;
} add_scales;

static add_scales get_scales(const oct_qlinear_u16_add *p)
{
    const double y = (double)p->y.scale;
    return (add_scales){(double)p->a.scale / y, (double)p->b.scale / y, p->a.zero, p->b.zero,
                        get_range(&p->y, p->is_signed)};
}

#define ADD_ONE(T, yi, ai, bi) \
    y[yi] = (T)oct_requant_wide((double)(a[ai] - s.a_zero) * s.a + (double)(b[bi] - s.b_zero) * s.b, s.range)

/* A row: both dense, or anything. */
#define ADD(T)                                                                                         \
    static void add_row_##T(void *context, const int64_t at[OCT_ND_MAX_ARRAYS], int64_t n)             \
    {                                                                                                  \
        const oct_qlinear_u16_add_args *p = context;                                                   \
        const oct_nd *nd = &p->add->nd;                                                                \
        const int last = nd->rank - 1;                                                                 \
        const int64_t ys = nd->strides[0][last], as = nd->strides[1][last], bs = nd->strides[2][last]; \
        T *y = (T *)p->y + at[0];                                                                      \
        const T *a = (const T *)p->a + at[1], *b = (const T *)p->b + at[2];                            \
        const add_scales s = get_scales(p->add);                                                       \
        if (ys == 1 && as == 1 && bs == 1)                                                             \
            for (int64_t i = 0; i < n; i++)                                                            \
                ADD_ONE(T, i, i, i);                                                                   \
        else                                                                                           \
            for (int64_t i = 0; i < n; i++)                                                            \
                ADD_ONE(T, i * ys, i * as, i * bs);                                                    \
    }
ADD(uint16_t)
ADD(int16_t)

void LEVEL(oct_qlinear_u16_add)(const oct_qlinear_u16_add_args *a, size_t item)
{
    oct_qlinear_u16_add_args copy = *a;
    oct_nd_run(&a->add->nd, &a->add->cut, item, a->add->is_signed ? add_row_int16_t : add_row_uint16_t, &copy);
}

/* sum[c] += x of n channels, over all pixels of image `x` */
#define SUM(T)                                                                                            \
    static void sum_##T(const oct_qlinear_average *p, const T *x, int64_t n, int64_t *restrict sum)       \
    {                                                                                                     \
        for (int64_t h = 0; h < p->H; h++)                                                                \
            for (int64_t w = 0; w < p->W; w++) {                                                          \
                const T *pixel = x + h * p->x_h + w * p->x_w;                                             \
                for (int64_t c = 0; c < n; c++)                                                           \
                    sum[c] += pixel[c * p->x_c];                                                          \
            }                                                                                             \
    }
SUM(uint16_t)
SUM(int16_t)

void LEVEL(oct_qlinear_u16_average)(const oct_qlinear_u16_average_args *a, size_t item)
{
    const oct_qlinear_average *p = &a->average->shape;
    const int64_t blocks = (p->C + OCT_QLINEAR_CHANNELS - 1) / OCT_QLINEAR_CHANNELS, image = (int64_t)item / blocks;
    const int64_t c0 = (int64_t)item % blocks * OCT_QLINEAR_CHANNELS, left = p->C - c0, pixels = p->H * p->W;
    const int64_t n = left < OCT_QLINEAR_CHANNELS ? left : OCT_QLINEAR_CHANNELS, at = image * p->x_n + c0 * p->x_c;
    const int64_t zeros = pixels * a->average->x.zero;
    int64_t sum[OCT_QLINEAR_CHANNELS] = {0};
    const double m = (double)a->average->x.scale / ((double)a->average->y.scale * (double)pixels);
    const oct_qrange range = get_range(&a->average->y, p->y_signed);
    if (p->x_signed)
        sum_int16_t(p, (const int16_t *)a->x + at, n, sum);
    else
        sum_uint16_t(p, (const uint16_t *)a->x + at, n, sum);
    uint16_t *y = (uint16_t *)a->y + image * p->C + c0;
    for (int64_t c = 0; c < n; c++)
        y[c] = (uint16_t)oct_requant_wide((double)(sum[c] - zeros) * m, range);
}
