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

typedef enum pairing { PLUS, MINUS, TIMES } pairing;

static uint8_t pair(pairing how, uint8_t a, uint8_t b, const number *sa, const number *sb, const number *sy)
{
    int is_signed = sy->is_signed;
    number plain = {.is_signed = is_signed}; /* no zero point: it is inside the sum */
    if (how == TIMES) {
        float m = sa->scale * sb->scale / sy->scale;
        return round_to(sy, (float)((get(&a, 0, is_signed) - zero_of(sa)) * (get(&b, 0, is_signed) - zero_of(sb))) * m);
    }
    float ra = sa->scale / sy->scale, rb = how == MINUS ? -(sb->scale / sy->scale) : sb->scale / sy->scale;
    float fixed = (float)zero_of(sy) - fmaf(ra, (float)zero_of(sa), rb * (float)zero_of(sb));
    return round_to(&plain, fmaf((float)get(&a, 0, is_signed), ra, fmaf((float)get(&b, 0, is_signed), rb, fixed)));
}

/* y[i,j] = a[i,j] + - or * b of the same shape, of one row, or one number */
static void check_pairs(void)
{
    pairing how = (pairing)dice_int(0, 2);
    int rows = dice_int(1, 5), cols = dice_int(1, 300), broadcast = dice_int(0, 2), is_signed = dice_int(0, 1);
    number sa = random_number(is_signed), sb = random_number(is_signed), sy = random_number(is_signed);
    const uint8_t flip = is_signed && how != TIMES && dice_int(0, 1) ? 128 : 0; /* raised: every byte is that of a flipped int8 */
    number ra = sa, rb = sb, ry = sy;
    ra.zero ^= flip;
    rb.zero ^= flip;
    ry.zero ^= flip;
    guarded a = guarded_new((size_t)(rows * cols), 1, FILL), y = guarded_new((size_t)(rows * cols), 1, FILL);
    guarded b = guarded_new((size_t)(broadcast == 0 ? rows * cols : broadcast == 1 ? cols : 1), 1, FILL);
    dice_bytes(a.p, a.n);
    dice_bytes(b.p, b.n);
    for (int level = 0; level <= (int)oct_cpu_detect(); level++) {
        oct_qlinear_add add = {.subtract = how == MINUS};
        oct_qlinear_add_fn run = how == TIMES ? oct_qlinear_mul_select((oct_cpu_level)level)
                                              : oct_qlinear_add_select((oct_cpu_level)level);
        oct_nd_push(&add.nd, rows, cols, cols, broadcast == 0 ? cols : 0);
        oct_nd_push(&add.nd, cols, 1, 1, broadcast == 2 ? 0 : 1);
        oct_qlinear_add_init(&add, flip ? OCT_NUMBERS_RAISED : is_signed ? OCT_NUMBERS_I8 : OCT_NUMBERS_U8);
        oct_qlinear_add_args args = {&add, a.p, b.p, y.p, pointers(&ra), pointers(&rb), pointers(&ry)};
        for (int64_t i = 0; i < add.cut.n_items; i++)
            run(&args, (size_t)i);
        int wrong = 0;
        for (int i = 0; i < rows * cols; i++)
            wrong += (y.p[i] ^ flip) != pair(how, a.p[i] ^ flip, b.p[broadcast == 0 ? i : broadcast == 1 ? i % cols : 0] ^ flip, &sa,
                                             &sb, &sy);
        CHECK(wrong == 0 && guarded_intact(&y, FILL), "pairs %d %s %d x %d broadcast %d: %d wrong", (int)how,
              oct_cpu_name((oct_cpu_level)level), rows, cols, broadcast, wrong);
    }
    guarded_free(&a);
    guarded_free(&b);
    guarded_free(&y);
}

static void check_average(void)
{
    oct_qlinear_average p = {.N = dice_int(1, 2), .C = dice_int(1, 150), .H = dice_int(1, dice_int(0, 7) ? 9 : 60), .W = dice_int(1, 9),
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

/* One output of the pool, tap by tap. */
static uint8_t pool_one(const oct_window_shape *p, const uint8_t *x, const number *sx, const number *sy, int oh, int ow, int c)
{
    int sum = 0, n = 0, n_padded = 0;
    for (int kh = 0; kh < p->KH; kh++)
        for (int kw = 0; kw < p->KW; kw++) {
            int h = oh * p->stride_h - p->pad_top + kh * p->dilation_h, w = ow * p->stride_w - p->pad_left + kw * p->dilation_w;
            n_padded += h < p->H + p->pad_bottom && w < p->W + p->pad_right;
            if (h < 0 || h >= p->H || w < 0 || w >= p->W)
                continue;
            n++;
            sum += get(x, (h * p->W + w) * p->C + c, sx->is_signed) - zero_of(sx);
        }
    float count = (float)(p->count_include_pad ? n_padded : n);
    return n == 0 ? round_to(sy, 0) : round_to(sy, (float)sum * (sx->scale / (sy->scale * count)));
}

static void check_pool(void)
{
    oct_window_shape p = {.N = 1, .H = dice_int(1, 9), .W = dice_int(1, 9), .C = dice_int(1, 150), .KH = dice_int(1, 4),
                          .KW = dice_int(1, 4), .stride_h = dice_int(1, 3), .stride_w = dice_int(1, 3),
                          .dilation_h = 1, .dilation_w = dice_int(1, 2), .count_include_pad = dice_int(0, 1)};
    p.pad_top = p.pad_bottom = dice_int(0, p.KH - 1);
    p.pad_left = p.pad_right = dice_int(0, p.KW - 1);
    int h = p.H + 2 * p.pad_top - p.KH, w = p.W + 2 * p.pad_left - (p.KW - 1) * p.dilation_w - 1;
    if (h < 0 || w < 0)
        return;
    p.OH = h / p.stride_h + 1;
    p.OW = w / p.stride_w + 1;
    int is_signed = dice_int(0, 1);
    number sx = random_number(is_signed), sy = random_number(is_signed);
    guarded x = guarded_new((size_t)(p.H * p.W * p.C), 1, FILL), y = guarded_new((size_t)(p.OH * p.OW * p.C), 1, FILL);
    dice_bytes(x.p, x.n);
    if (dice_int(0, 3) == 0)
        memset(x.p, dice_int(0, 1) * 255, x.n);
    for (int level = 0; level <= (int)oct_cpu_detect(); level++) {
        oct_qlinear_pool pool = {p, is_signed};
        oct_qlinear_pool_args a = {&pool, x.p, y.p, pointers(&sx), pointers(&sy)};
        for (size_t i = 0; i < oct_window_n_items(&p); i++)
            oct_qlinear_pool_select((oct_cpu_level)level)(&a, i);
        int wrong = 0;
        for (int i = 0; i < p.OH * p.OW * p.C; i++)
            wrong += y.p[i] != pool_one(&p, x.p, &sx, &sy, i / p.C / p.OW, i / p.C % p.OW, i % p.C);
        CHECK(wrong == 0 && guarded_intact(&y, FILL), "pool %s %d x %d of %d x %d, C %d: %d wrong",
              oct_cpu_name((oct_cpu_level)level), p.KH, p.KW, p.H, p.W, p.C, wrong);
    }
    guarded_free(&x);
    guarded_free(&y);
}

/* Dense rows of any length and any 256 bytes, at every level. */
static void check_lookup(void)
{
    int n = dice_int(1, 400);
    uint8_t table[256];
    guarded x = guarded_new((size_t)n, 1, FILL), y = guarded_new((size_t)n, 1, FILL);
    dice_bytes(table, sizeof table);
    dice_bytes(x.p, x.n);
    for (int i = 0; i < n && n >= 256; i++)
        x.p[i] = (uint8_t)i; /* every byte once at least */
    oct_nd nd = {.n_arrays = 2};
    oct_nd_push(&nd, n, 1, 1, 0);
    oct_nd_normalize(&nd);
    oct_nd_cut cut = oct_nd_make_cut(&nd, dice_int(1, 500));
    for (int level = 0; level <= (int)oct_cpu_detect(); level++) {
        oct_qlinear_lookup_args a = {&nd, &cut, table, x.p, y.p};
        for (int64_t i = 0; i < cut.n_items; i++)
            oct_qlinear_lookup_select((oct_cpu_level)level)(&a, (size_t)i);
        int wrong = 0;
        for (int i = 0; i < n; i++)
            wrong += y.p[i] != table[x.p[i]];
        CHECK(wrong == 0 && guarded_intact(&y, FILL), "lookup %s of %d: %d wrong", oct_cpu_name((oct_cpu_level)level), n, wrong);
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
    oct_qlinear_lookup_select(oct_cpu_detect())(&a, 0);
    for (int i = 0; i < 40; i++) {
        int col = (i - 3) % 8, inside = i >= 3 && col < 4;
        CHECK(out[i] == (inside ? table[in[(i - 3) / 8 * 4 + col]] : FILL), "lookup at %d", i);
    }
}

int main(void)
{
    for (int i = 0; i < 500; i++) {
        check_pairs();
        check_average();
        check_pool();
        check_lookup();
    }
    for (int i = 0; i < 20; i++)
        check_table();
    return check_done();
}
