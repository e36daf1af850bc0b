/* 16-bit operators against the formulas of qlinear_u16.h, at every level.
 * SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "dice.h"
#include "guarded.h"
#include "kernels/qlinear_u16.h"

#define FILL 0xA5

static oct_qlinear_u16_scale random_scale(int is_signed)
{
    static const float scales[] = {0.5f, 0.25f, 1.0f, 0.0173f, 3.1e-5f, 1e6f, 0.0f, NAN};
    return (oct_qlinear_u16_scale){scales[dice_u32() % (dice_int(0, 9) == 0 ? 8 : 5)],
                                   dice_int(0, 65535) - (is_signed ? 32768 : 0)};
}

static int get(const void *p, int64_t i, int is_signed)
{
    return is_signed ? ((const int16_t *)p)[i] : ((const uint16_t *)p)[i];
}

static uint16_t round_to(const oct_qlinear_u16_scale *s, int is_signed, double v)
{
    const double lo = is_signed ? -32768 : 0, q = rint(v) + s->zero;
    return (uint16_t)(int)(q > lo ? q < lo + 65535 ? q : lo + 65535 : lo); /* NaN: lo */
}

static guarded random_words(int64_t n)
{
    guarded g = guarded_new((size_t)n * 2, 1, FILL);
    dice_bytes(g.p, g.n);
    if (dice_int(0, 3) == 0)
        memset(g.p, dice_int(0, 1) ? 255 : 0, g.n);
    return g;
}

/* y[i,j] = a[i,j] + b of the same shape, of one row, or one number */
static void check_add(void)
{
    const int rows = dice_int(1, 5), cols = dice_int(1, 300), broadcast = dice_int(0, 2), is_signed = dice_int(0, 1);
    oct_qlinear_u16_add add = {.is_signed = is_signed, .a = random_scale(is_signed), .b = random_scale(is_signed),
                               .y = random_scale(is_signed)};
    guarded a = random_words(rows * cols), y = random_words(rows * cols);
    guarded b = random_words(broadcast == 0 ? rows * cols : broadcast == 1 ? cols : 1);
    oct_nd_push(&add.nd, rows, cols, cols, broadcast == 0 ? cols : 0);
    oct_nd_push(&add.nd, cols, 1, 1, broadcast == 2 ? 0 : 1);
    oct_qlinear_u16_add_init(&add);
    for (int level = 0; level <= (int)oct_cpu_detect(); level++) {
        oct_qlinear_u16_add_args args = {&add, a.p, b.p, y.p};
        for (int64_t i = 0; i < add.cut.n_items; i++)
            oct_qlinear_u16_add_select((oct_cpu_level)level)(&args, (size_t)i);
        int wrong = 0;
        for (int i = 0; i < rows * cols; i++) {
            const int vb = get(b.p, broadcast == 0 ? i : broadcast == 1 ? i % cols : 0, is_signed);
            const double ra = (double)add.a.scale / (double)add.y.scale, rb = (double)add.b.scale / (double)add.y.scale;
            const double one = (get(a.p, i, is_signed) - add.a.zero) * ra, other = (vb - add.b.zero) * rb;
            wrong += (uint16_t)get(y.p, i, is_signed) != round_to(&add.y, is_signed, one + other);
        }
        CHECK(wrong == 0 && guarded_intact(&y, FILL), "add %s %d x %d broadcast %d: %d wrong",
              oct_cpu_name((oct_cpu_level)level), rows, cols, broadcast, wrong);
    }
    guarded_free(&a);
    guarded_free(&b);
    guarded_free(&y);
}

static void check_average(void)
{
    oct_qlinear_average p = {.N = dice_int(1, 2), .C = dice_int(1, 150), .H = dice_int(1, 9), .W = dice_int(1, 9),
                             .x_signed = dice_int(0, 1), .y_signed = dice_int(0, 1)};
    const int last = dice_int(0, 1);
    p.x_n = p.C * p.H * p.W;
    p.x_c = last ? 1 : p.H * p.W;
    p.x_w = last ? p.C : 1;
    p.x_h = p.W * p.x_w;
    const oct_qlinear_u16_average average = {p, random_scale(p.x_signed), random_scale(p.y_signed)};
    guarded x = random_words(p.N * p.C * p.H * p.W), y = random_words(p.N * p.C);
    const double m = (double)average.x.scale / ((double)average.y.scale * (double)(p.H * p.W));
    for (int level = 0; level <= (int)oct_cpu_detect(); level++) {
        oct_qlinear_u16_average_args a = {&average, x.p, y.p};
        for (size_t i = 0; i < oct_qlinear_average_n_items(&p); i++)
            oct_qlinear_u16_average_select((oct_cpu_level)level)(&a, i);
        int wrong = 0;
        for (int64_t i = 0; i < p.N * p.C; i++) {
            int64_t sum = 0, at = i / p.C * p.x_n + i % p.C * p.x_c;
            for (int64_t k = 0; k < p.H * p.W; k++)
                sum += get(x.p, at + k * p.x_w, p.x_signed) - average.x.zero;
            wrong += (uint16_t)get(y.p, i, p.y_signed) != round_to(&average.y, p.y_signed, (double)sum * m);
        }
        CHECK(wrong == 0 && guarded_intact(&y, FILL), "average %s C %d, %d x %d: %d wrong",
              oct_cpu_name((oct_cpu_level)level), (int)p.C, (int)p.H, (int)p.W, wrong);
    }
    guarded_free(&x);
    guarded_free(&y);
}

int main(void)
{
    for (int i = 0; i < 300; i++) {
        check_add();
        check_average();
    }
    return check_done();
}
