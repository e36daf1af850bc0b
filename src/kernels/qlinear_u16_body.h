/* Body of the 16-bit operators, compiled once per level with LEVEL(name) = name_<level>: loops that compilers vectorize.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kernels/qlinear_real.h"
#include "kernels/qlinear_u16.h"

static oct_qrange get_range(const oct_qlinear_u16_scale *s, bool is_signed)
{
    return is_signed ? oct_qrange_make(-32768, 32767, s->zero) : oct_qrange_make(0, 65535, s->zero);
}

/* A word w of signed numbers stands for (w ^ 0x8000) - 0x8000. What that is more than the distance from the zero point: */
static int32_t get_less(const oct_qlinear_u16_scale *s, bool is_signed)
{
    return s->zero + (is_signed ? 0x8000 : 0);
}

/* Everything that is the same for a whole item of the addition. */
typedef struct add_context {
    const oct_qlinear_u16_add_args *args;
    double a, b;
    uint16_t flip;
    int32_t a_less, b_less;
    oct_qrange range;
} add_context;

static void add_row(void *context, const int64_t at[OCT_ND_MAX_ARRAYS], int64_t n)
{
    const add_context c = *(const add_context *)context;
    const oct_nd *nd = &c.args->add->nd;
    const int last = nd->rank - 1;
    const int64_t ys = nd->strides[0][last], as = nd->strides[1][last], bs = nd->strides[2][last];
    uint16_t *y = (uint16_t *)c.args->y + at[0];
    const uint16_t *a = (const uint16_t *)c.args->a + at[1], *b = (const uint16_t *)c.args->b + at[2];
#define ADD_ONE(ys, as, bs)                                                                          \
    for (int64_t i = 0; i < n; i++) {                                                                \
        const double va = (double)((a[i * as] ^ c.flip) - c.a_less), vb = (double)((b[i * bs] ^ c.flip) - c.b_less); \
        y[i * ys] = (uint16_t)oct_requant_wide(va * c.a + vb * c.b, c.range);                        \
    }
    if (ys == 1 && as == 1 && bs == 1)
        ADD_ONE(1, 1, 1)
    else
        ADD_ONE(ys, as, bs)
}

void LEVEL(oct_qlinear_u16_add)(const oct_qlinear_u16_add_args *a, size_t item)
{
    const oct_qlinear_u16_add *p = a->add;
    const double y = (double)p->y.scale;
    add_context c = {a, (double)p->a.scale / y, (double)p->b.scale / y, p->is_signed ? 0x8000 : 0,
                     get_less(&p->a, p->is_signed), get_less(&p->b, p->is_signed), get_range(&p->y, p->is_signed)};
    oct_nd_run(&p->nd, &p->cut, item, add_row, &c);
}

/* sum[c] += x ^ flip of n channels, over all pixels of image `x` */
static void sum_pixels(const oct_qlinear_average *p, const uint16_t *x, uint16_t flip, int64_t n, int64_t *restrict sum)
{
    for (int64_t h = 0; h < p->H; h++)
        for (int64_t w = 0; w < p->W; w++) {
            const uint16_t *pixel = x + h * p->x_h + w * p->x_w;
            for (int64_t c = 0; c < n; c++)
                sum[c] += pixel[c * p->x_c] ^ flip;
        }
}

void LEVEL(oct_qlinear_u16_average)(const oct_qlinear_u16_average_args *a, size_t item)
{
    const oct_qlinear_average *p = &a->average->shape;
    const int64_t blocks = (p->C + OCT_QLINEAR_CHANNELS - 1) / OCT_QLINEAR_CHANNELS, image = (int64_t)item / blocks;
    const int64_t c0 = (int64_t)item % blocks * OCT_QLINEAR_CHANNELS, left = p->C - c0, pixels = p->H * p->W;
    const int64_t n = left < OCT_QLINEAR_CHANNELS ? left : OCT_QLINEAR_CHANNELS, at = image * p->x_n + c0 * p->x_c;
    const int64_t zeros = pixels * get_less(&a->average->x, p->x_signed);
    int64_t sum[OCT_QLINEAR_CHANNELS] = {0};
    const double m = (double)a->average->x.scale / ((double)a->average->y.scale * (double)pixels);
    const oct_qrange range = get_range(&a->average->y, p->y_signed);
    sum_pixels(p, (const uint16_t *)a->x + at, p->x_signed ? 0x8000 : 0, n, sum);
    uint16_t *y = (uint16_t *)a->y + image * p->C + c0;
    for (int64_t c = 0; c < n; c++)
        y[c] = (uint16_t)oct_requant_wide((double)(sum[c] - zeros) * m, range);
}
