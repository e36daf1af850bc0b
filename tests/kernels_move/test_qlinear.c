/* 8-bit operators against the formulas of qlinear.h, at every level.
 * SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "dice.h"
#include "guarded.h"
#include "kernels/qlinear.h"

#define FILL 0xA5

typedef struct number {
    float scale;
    uint8_t zero;
    int is_signed;
} number;

static number random_number(int is_signed)
{
    static const float scales[] = {0.5f, 0.25f, 1.0f, 0.0173f, 3.1e-5f, 1e6f};
    return (number){scales[dice_u32() % 6], (uint8_t)dice_u32(), is_signed};
}

static int get(const void *p, int64_t i, int is_signed)
{
    return is_signed ? ((const int8_t *)p)[i] : ((const uint8_t *)p)[i];
}

static float real(const number *s, uint8_t q)
{
    return (float)(get(&q, 0, s->is_signed) - get(&s->zero, 0, s->is_signed)) * s->scale;
}

static int zero_of(const number *s)
{
    return get(&s->zero, 0, s->is_signed);
}

static uint8_t round_to(const number *s, float v)
{
    double lo = s->is_signed ? -128 : 0, q = rint((double)v) + get(&s->zero, 0, s->is_signed);
    return (uint8_t)(int)(q < lo ? lo : q > lo + 255 ? lo + 255 : q);
}

static oct_qlinear_scale pointers(const number *s)
{
    return (oct_qlinear_scale){&s->scale, &s->zero};
}

/* y[i,j] = a[i,j] + b of the same shape, of one row, or one number */
static void check_add(void)
{
    int rows = dice_int(1, 5), cols = dice_int(1, 300), broadcast = dice_int(0, 2), is_signed = dice_int(0, 1);
    number sa = random_number(is_signed), sb = random_number(is_signed), sy = random_number(is_signed);
    number plain = {.is_signed = is_signed}; /* no zero point: it is inside the sum */
    guarded a = guarded_new((size_t)(rows * cols), 1, FILL), y = guarded_new((size_t)(rows * cols), 1, FILL);
    guarded b = guarded_new((size_t)(broadcast == 0 ? rows * cols : broadcast == 1 ? cols : 1), 1, FILL);
    dice_bytes(a.p, a.n);
    dice_bytes(b.p, b.n);
    for (int level = 0; level <= (int)oct_cpu_detect(); level++) {
        oct_qlinear_add add = {0};
        oct_nd_push(&add.nd, rows, cols, cols, broadcast == 0 ? cols : 0);
        oct_nd_push(&add.nd, cols, 1, 1, broadcast == 2 ? 0 : 1);
        oct_qlinear_add_init(&add, is_signed);
        oct_qlinear_add_args args = {&add, a.p, b.p, y.p, pointers(&sa), pointers(&sb), pointers(&sy)};
        for (int64_t i = 0; i < add.cut.n_items; i++)
            oct_qlinear_add_select((oct_cpu_level)level)(&args, (size_t)i);
        int wrong = 0;
        for (int i = 0; i < rows * cols; i++) {
            uint8_t vb = b.p[broadcast == 0 ? i : broadcast == 1 ? i % cols : 0];
            float ra = sa.scale / sy.scale, rb = sb.scale / sy.scale;
            float fixed = (float)zero_of(&sy) - fmaf(ra, (float)zero_of(&sa), rb * (float)zero_of(&sb));
            float v = fmaf((float)get(&a.p[i], 0, is_signed), ra, fmaf((float)get(&vb, 0, is_signed), rb, fixed));
            wrong += y.p[i] != round_to(&plain, v);
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
    int last = dice_int(0, 1);
    int64_t n_x = p.N * p.C * p.H * p.W;
    p.x_n = p.C * p.H * p.W;
    p.x_c = last ? 1 : p.H * p.W;
    p.x_w = last ? p.C : 1;
    p.x_h = p.W * p.x_w;
    number sx = random_number(p.x_signed), sy = random_number(p.y_signed);
    guarded x = guarded_new((size_t)n_x, 1, FILL), y = guarded_new((size_t)(p.N * p.C), 1, FILL);
    dice_bytes(x.p, x.n);
    if (dice_int(0, 3) == 0)
        memset(x.p, 255, x.n);
    float m = sx.scale / (sy.scale * (float)(p.H * p.W));
    for (int level = 0; level <= (int)oct_cpu_detect(); level++) {
        oct_qlinear_average_args a = {&p, x.p, y.p, pointers(&sx), pointers(&sy)};
        for (size_t i = 0; i < oct_qlinear_average_n_items(&p); i++)
            oct_qlinear_average_select((oct_cpu_level)level)(&a, i);
        int wrong = 0;
        for (int64_t i = 0; i < p.N * p.C; i++) {
            int64_t sum = 0, at = i / p.C * p.x_n + i % p.C * p.x_c;
            for (int64_t k = 0; k < p.H * p.W; k++)
                sum += get(x.p, at + k * p.x_w, p.x_signed) - get(&sx.zero, 0, p.x_signed);
            wrong += y.p[i] != round_to(&sy, (float)sum * m);
        }
        CHECK(wrong == 0 && guarded_intact(&y, FILL), "average %s C %d, %d x %d: %d wrong",
              oct_cpu_name((oct_cpu_level)level), (int)p.C, (int)p.H, (int)p.W, wrong);
    }
    guarded_free(&x);
    guarded_free(&y);
}

static void check_table(void)
{
    number sx = random_number(dice_int(0, 1)), sy = random_number(dice_int(0, 1));
    oct_qlinear_scale x = pointers(&sx), y = pointers(&sy);
    uint8_t table[256], in[40], out[40];
    oct_qlinear_table(table, &x, sx.is_signed, &y, sy.is_signed);
    for (int i = 0; i < 256; i++)
        CHECK(table[i] == round_to(&sy, real(&sx, (uint8_t)i) / sy.scale), "table[%d] is %d", i, table[i]);
    oct_nd nd = {.n_arrays = 2, .offset = {3, 0, 0}};
    oct_nd_push(&nd, 5, 8, 4, 0);
    oct_nd_push(&nd, 4, 1, 1, 0);
    oct_nd_normalize(&nd);
    oct_nd_cut cut = oct_nd_make_cut(&nd, 100);
    dice_bytes(in, sizeof in);
    memset(out, FILL, sizeof out);
    oct_qlinear_lookup_args a = {&nd, &cut, table, in, out};
    oct_qlinear_lookup(&a, 0);
    for (int i = 0; i < 40; i++) {
        int col = (i - 3) % 8, inside = i >= 3 && col < 4;
        CHECK(out[i] == (inside ? table[in[(i - 3) / 8 * 4 + col]] : FILL), "lookup at %d", i);
    }
}

int main(void)
{
    for (int i = 0; i < 500; i++) {
        check_add();
        check_average();
    }
    for (int i = 0; i < 20; i++)
        check_table();
    return check_done();
}
