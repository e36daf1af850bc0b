/* Body of the 8-bit operators, compiled once per level with LEVEL(name) = name_<level>: loops that compilers vectorize, one
 * for all kinds of numbers. What does not lie dense is copied to buffers first.
 * SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "kernels/qlinear_real.h"

#define BLOCK 256 /* elements */

/* A byte b stands for the number (b ^ flip) - less. */
typedef struct kind {
    uint8_t flip;
    int32_t less;
} kind;

static kind get_kind(int32_t numbers)
{
    return (kind){numbers == OCT_NUMBERS_I8 ? 128 : 0, numbers == OCT_NUMBERS_U8 ? 0 : 128};
}

/* n bytes side by side, copied to the buffer if they are not. */
OCT_NOINLINE const uint8_t *open_bytes(uint8_t *buffer, const uint8_t *x, int64_t stride, int64_t n)
{
    if (stride == 1)
        return x;
    for (int64_t i = 0; i < n; i++)
        buffer[i] = x[i * stride];
    return buffer;
}

OCT_NOINLINE void close_bytes(uint8_t *y, int64_t stride, const uint8_t *from, int64_t n)
{
    if (stride == 1)
        memcpy(y, from, (size_t)n);
    else
        for (int64_t i = 0; i < n; i++)
            y[i * stride] = from[i];
}

/* ---- sums and products of two ---- */

/* Everything that is the same for a whole item. */
typedef struct add_scales {
    kind in;
    float a, b, fixed;  /* the sum */
    int32_t a_less, b_less; /* the product: what a byte is more than its distance from the zero point */
    oct_qrange range;   /* of the sum: the zero point is part of `fixed`; range.zero makes a byte of a number */
} add_scales;

typedef void (*add_fn)(uint8_t *restrict y, const uint8_t *a, const uint8_t *b, const add_scales *scales, int64_t n);

static add_scales get_add_scales(const oct_qlinear_add_args *p)
{
    const bool is_signed = p->add->numbers == OCT_NUMBERS_I8;
    const int32_t raised = p->add->numbers == OCT_NUMBERS_RAISED ? 128 : 0;
    float a = *p->a_scale.scale / *p->y_scale.scale, b = *p->b_scale.scale / *p->y_scale.scale;
    b = p->add->subtract ? -b : b;
    float a_zero = (float)(oct_qlinear_zero(&p->a_scale, is_signed) - raised);
    float b_zero = (float)(oct_qlinear_zero(&p->b_scale, is_signed) - raised);
    float y_zero = (float)(oct_qlinear_zero(&p->y_scale, is_signed) - raised);
    const float lo = is_signed || raised ? -128 : 0;
    return (add_scales){.in = get_kind(p->add->numbers), .a = a, .b = b, .fixed = y_zero - fmaf(a, a_zero, b * b_zero),
                        .range = {lo, lo + 255, raised}};
}

static void add_dense(uint8_t *restrict y, const uint8_t *a, const uint8_t *b, const add_scales *scales, int64_t n)
{
    const add_scales s = *scales;
    for (int64_t i = 0; i < n; i++) {
        const float va = (float)((a[i] ^ s.in.flip) - s.in.less), vb = (float)((b[i] ^ s.in.flip) - s.in.less);
        y[i] = (uint8_t)oct_requant(fmaf(va, s.a, fmaf(vb, s.b, s.fixed)), s.range);
    }
}

static add_scales get_mul_scales(const oct_qlinear_add_args *p)
{
    const bool is_signed = p->add->numbers == OCT_NUMBERS_I8;
    const kind in = get_kind(p->add->numbers);
    return (add_scales){.in = in, .a = *p->a_scale.scale * *p->b_scale.scale / *p->y_scale.scale,
                        .a_less = oct_qlinear_zero(&p->a_scale, is_signed) + in.less,
                        .b_less = oct_qlinear_zero(&p->b_scale, is_signed) + in.less,
                        .range = oct_qlinear_range(&p->y_scale, is_signed)};
}

static void mul_dense(uint8_t *restrict y, const uint8_t *a, const uint8_t *b, const add_scales *scales, int64_t n)
{
    const add_scales s = *scales;
    for (int64_t i = 0; i < n; i++) {
        const int32_t va = (a[i] ^ s.in.flip) - s.a_less, vb = (b[i] ^ s.in.flip) - s.b_less;
        y[i] = (uint8_t)oct_requant((float)(va * vb) * s.a, s.range);
    }
}

typedef struct add_context {
    const oct_qlinear_add_args *args;
    add_fn dense;
    add_scales scales;
} add_context;

static void add_row(void *context, const int64_t at[OCT_ND_MAX_ARRAYS], int64_t n)
{
    const add_context *c = context;
    const oct_nd *nd = &c->args->add->nd;
    const int last = nd->rank - 1;
    const int64_t ys = nd->strides[0][last], as = nd->strides[1][last], bs = nd->strides[2][last];
    uint8_t buffers[2][BLOCK], out[BLOCK], *y = (uint8_t *)c->args->y + at[0];
    const uint8_t *a = (const uint8_t *)c->args->a + at[1], *b = (const uint8_t *)c->args->b + at[2];
    for (int64_t i = 0; i < n; i += BLOCK) {
        const int64_t m = oct_min64(n - i, BLOCK);
        c->dense(out, open_bytes(buffers[0], a + i * as, as, m), open_bytes(buffers[1], b + i * bs, bs, m), &c->scales, m);
        close_bytes(y + i * ys, ys, out, m);
    }
}

void LEVEL(oct_qlinear_add)(const oct_qlinear_add_args *a, size_t item)
{
    add_context c = {a, add_dense, get_add_scales(a)};
    oct_nd_run(&a->add->nd, &a->add->cut, item, add_row, &c);
}

void LEVEL(oct_qlinear_mul)(const oct_qlinear_add_args *a, size_t item)
{
    add_context c = {a, mul_dense, get_mul_scales(a)};
    oct_nd_run(&a->add->nd, &a->add->cut, item, add_row, &c);
}

/* ---- averages ---- */

/* sum[c] += x[c] ^ flip */
OCT_NOINLINE void sum_dense(int32_t *restrict sum, const uint8_t *x, uint8_t flip, int64_t n)
{
    for (int64_t c = 0; c < n; c++)
        sum[c] += x[c] ^ flip;
}

/* y of sums that are `zeros` too large */
OCT_NOINLINE void average_dense(uint8_t *restrict y, const int32_t *sum, int32_t zeros, float m, oct_qrange range, int64_t n)
{
    for (int64_t c = 0; c < n; c++)
        y[c] = (uint8_t)oct_requant((float)(sum[c] - zeros) * m, range);
}

/* What a number that a byte is made of by xor is more than its distance from the zero point. */
static int32_t get_less(const oct_qlinear_scale *s, bool is_signed)
{
    return oct_qlinear_zero(s, is_signed) + (is_signed ? 128 : 0);
}

void LEVEL(oct_qlinear_average)(const oct_qlinear_average_args *a, size_t item)
{
    const oct_qlinear_average *p = a->average;
    int64_t blocks = (p->C + OCT_QLINEAR_CHANNELS - 1) / OCT_QLINEAR_CHANNELS, image = (int64_t)item / blocks;
    int64_t c0 = (int64_t)item % blocks * OCT_QLINEAR_CHANNELS, left = p->C - c0, pixels = p->H * p->W;
    int64_t n = left < OCT_QLINEAR_CHANNELS ? left : OCT_QLINEAR_CHANNELS;
    int32_t sum[OCT_QLINEAR_CHANNELS] = {0}, zeros = (int32_t)pixels * get_less(&a->x_scale, p->x_signed);
    float m = *a->x_scale.scale / (*a->y_scale.scale * (float)pixels);
    const uint8_t *x = (const uint8_t *)a->x + image * p->x_n + c0 * p->x_c, flip = p->x_signed ? 128 : 0;
    uint8_t buffer[OCT_QLINEAR_CHANNELS];
    for (int64_t h = 0; h < p->H; h++)
        for (int64_t w = 0; w < p->W; w++)
            sum_dense(sum, open_bytes(buffer, x + h * p->x_h + w * p->x_w, p->x_c, n), flip, n);
    average_dense((uint8_t *)a->y + image * p->C + c0, sum, zeros, m, oct_qlinear_range(&a->y_scale, p->y_signed), n);
}

/* Channels c0.., at most OCT_QLINEAR_CHANNELS of them, of one output */
static void run_pool(const oct_qlinear_pool_args *a, const oct_window_taps *t, int64_t c0, int32_t n, uint8_t *y)
{
    const oct_window_shape *s = &a->pool->shape;
    const bool is_signed = a->pool->is_signed;
    const int32_t n_taps = (t->kh1 - t->kh0) * (t->kw1 - t->kw0);
    const int32_t zeros = t->count > 0 ? n_taps * get_less(&a->x_scale, is_signed) : 0;
    const float m = t->count > 0 ? *a->x_scale.scale / (*a->y_scale.scale * t->count) : 0;
    int32_t sum[OCT_QLINEAR_CHANNELS] = {0};
    for (int32_t kh = t->kh0; kh < t->kh1; kh++)
        for (int32_t kw = t->kw0; kw < t->kw1; kw++) {
            const int64_t pixel = t->first + (int64_t)(kh - t->kh0) * s->dilation_h * s->W + (int64_t)(kw - t->kw0) * s->dilation_w;
            sum_dense(sum, (const uint8_t *)a->x + pixel * s->C + c0, is_signed ? 128 : 0, n);
        }
    average_dense(y, sum, zeros, m, oct_qlinear_range(&a->y_scale, is_signed), n);
}

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
            run_pool(a, &t, it.c + c, n, y + c);
        }
    }
}

/* ---- tables ---- */

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
