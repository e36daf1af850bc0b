/* 8-bit elementwise operators: what surrounds the loops of a level, and the ladder. What does not lie dense is copied to
 * buffers first.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kernels/qlinear.h"

#include <math.h>
#include <string.h>

#include "kernels/qlinear_loops.h"

#define ITEM_ELEMS (32 * 1024)
#define BLOCK 256 /* elements */

void oct_qlinear_add_init(oct_qlinear_add *add, oct_numbers numbers)
{
    add->numbers = (int32_t)numbers;
    add->nd.n_arrays = 3;
    oct_nd_normalize(&add->nd);
    add->cut = oct_nd_make_cut(&add->nd, ITEM_ELEMS);
}

size_t oct_qlinear_average_n_items(const oct_qlinear_average *p)
{
    return (size_t)(p->N * ((p->C + OCT_QLINEAR_CHANNELS - 1) / OCT_QLINEAR_CHANNELS));
}

void oct_qlinear_table(uint8_t table[256], const oct_qlinear_scale *x, bool x_signed, const oct_qlinear_scale *y,
                       bool y_signed)
{
    oct_qrange range = oct_qlinear_range(y, y_signed);
    int32_t x_zero = oct_qlinear_zero(x, x_signed);
    for (int32_t i = 0; i < 256; i++) {
        int32_t q = x_signed ? (int8_t)(uint8_t)i : i;
        float real = (float)(q - x_zero) * *x->scale;
        table[i] = (uint8_t)oct_requant(real / *y->scale, range);
    }
}

/* n bytes side by side, copied to the buffer if they are not. */
static const uint8_t *open_bytes(uint8_t *buffer, const uint8_t *x, int64_t stride, int64_t n)
{
    if (stride == 1)
        return x;
    for (int64_t i = 0; i < n; i++)
        buffer[i] = x[i * stride];
    return buffer;
}

static void close_bytes(uint8_t *y, int64_t stride, const uint8_t *from, int64_t n)
{
    if (stride == 1)
        memcpy(y, from, (size_t)n);
    else
        for (int64_t i = 0; i < n; i++)
            y[i * stride] = from[i];
}

static uint8_t get_flip(int32_t numbers)
{
    return numbers == OCT_NUMBERS_I8 ? 128 : 0;
}

/* ---- sums and products of two ---- */

static oct_qlinear_scales get_add_scales(const oct_qlinear_add_args *p)
{
    const bool is_signed = p->add->numbers == OCT_NUMBERS_I8;
    const int32_t raised = p->add->numbers == OCT_NUMBERS_RAISED ? 128 : 0;
    float a = *p->a_scale.scale / *p->y_scale.scale, b = *p->b_scale.scale / *p->y_scale.scale;
    b = p->add->subtract ? -b : b;
    float a_zero = (float)(oct_qlinear_zero(&p->a_scale, is_signed) - raised);
    float b_zero = (float)(oct_qlinear_zero(&p->b_scale, is_signed) - raised);
    float y_zero = (float)(oct_qlinear_zero(&p->y_scale, is_signed) - raised);
    const int32_t less = is_signed || raised ? 128 : 0;
    const float lo = (float)-less;
    return (oct_qlinear_scales){.flip = get_flip(p->add->numbers), .a_less = less, .b_less = less,
                                .a = a, .b = b, .fixed = y_zero - fmaf(a, a_zero, b * b_zero),
                                .range = {lo, lo + 255, raised}};
}

static oct_qlinear_scales get_mul_scales(const oct_qlinear_add_args *p)
{
    const bool is_signed = p->add->numbers == OCT_NUMBERS_I8;
    const int32_t less = is_signed ? 128 : 0;
    return (oct_qlinear_scales){.flip = get_flip(p->add->numbers), .a = *p->a_scale.scale * *p->b_scale.scale / *p->y_scale.scale,
                                .a_less = oct_qlinear_zero(&p->a_scale, is_signed) + less,
                                .b_less = oct_qlinear_zero(&p->b_scale, is_signed) + less,
                                .range = oct_qlinear_range(&p->y_scale, is_signed)};
}

typedef struct add_context {
    const oct_qlinear_add_args *args;
    oct_qlinear_two_fn dense;
    oct_qlinear_scales scales;
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

static void run_add(const oct_qlinear_add_args *a, size_t item, const oct_qlinear_loops *loops)
{
    add_context c = {a, loops->add, get_add_scales(a)};
    oct_nd_run(&a->add->nd, &a->add->cut, item, add_row, &c);
}

static void run_mul(const oct_qlinear_add_args *a, size_t item, const oct_qlinear_loops *loops)
{
    add_context c = {a, loops->mul, get_mul_scales(a)};
    oct_nd_run(&a->add->nd, &a->add->cut, item, add_row, &c);
}

/* ---- averages ---- */

/* What a number that a byte is made of by xor is more than its distance from the zero point. */
static int32_t get_less(const oct_qlinear_scale *s, bool is_signed)
{
    return oct_qlinear_zero(s, is_signed) + (is_signed ? 128 : 0);
}

static void run_average(const oct_qlinear_average_args *a, size_t item, const oct_qlinear_loops *loops)
{
    const oct_qlinear_average *p = a->average;
    int64_t blocks = (p->C + OCT_QLINEAR_CHANNELS - 1) / OCT_QLINEAR_CHANNELS, image = (int64_t)item / blocks;
    int64_t c0 = (int64_t)item % blocks * OCT_QLINEAR_CHANNELS, left = p->C - c0, pixels = p->H * p->W;
    int64_t n = left < OCT_QLINEAR_CHANNELS ? left : OCT_QLINEAR_CHANNELS;
    int32_t sum[OCT_QLINEAR_CHANNELS] = {0}, zeros = (int32_t)pixels * get_less(&a->x_scale, p->x_signed);
    float m = *a->x_scale.scale / (*a->y_scale.scale * (float)pixels);
    const uint8_t *x = (const uint8_t *)a->x + image * p->x_n + c0 * p->x_c, flip = p->x_signed ? 128 : 0;
    uint8_t buffer[OCT_QLINEAR_CHANNELS];
    const bool one_row = p->x_c == 1 && p->x_h == p->W * p->x_w;
    for (int64_t h = 0; h < (one_row ? 1 : p->H); h++)
        if (p->x_c == 1)
            loops->sum(sum, x + h * p->x_h, p->x_w, one_row ? pixels : p->W, flip, n);
        else
            for (int64_t w = 0; w < p->W; w++)
                loops->sum(sum, open_bytes(buffer, x + h * p->x_h + w * p->x_w, p->x_c, n), 0, 1, flip, n);
    loops->average((uint8_t *)a->y + image * p->C + c0, sum, zeros, m, oct_qlinear_range(&a->y_scale, p->y_signed), n);
}

/* Channels c0.., at most OCT_QLINEAR_CHANNELS of them, of one output */
static void run_window(const oct_qlinear_pool_args *a, const oct_window_taps *t, int64_t c0, int32_t n, uint8_t *y,
                       const oct_qlinear_loops *loops)
{
    const oct_window_shape *s = &a->pool->shape;
    const bool is_signed = a->pool->is_signed;
    const int32_t n_taps = (t->kh1 - t->kh0) * (t->kw1 - t->kw0);
    const int32_t zeros = t->count > 0 ? n_taps * get_less(&a->x_scale, is_signed) : 0;
    const float m = t->count > 0 ? *a->x_scale.scale / (*a->y_scale.scale * t->count) : 0;
    int32_t sum[OCT_QLINEAR_CHANNELS] = {0};
    for (int32_t kh = t->kh0; kh < t->kh1; kh++) {
        const int64_t pixel = t->first + (int64_t)(kh - t->kh0) * s->dilation_h * s->W;
        loops->sum(sum, (const uint8_t *)a->x + pixel * s->C + c0, (int64_t)s->dilation_w * s->C, t->kw1 - t->kw0,
                   is_signed ? 128 : 0, n);
    }
    loops->average(y, sum, zeros, m, oct_qlinear_range(&a->y_scale, is_signed), n);
}

static void run_pool(const oct_qlinear_pool_args *a, size_t item, const oct_qlinear_loops *loops)
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
            run_window(a, &t, it.c + c, n, y + c, loops);
        }
    }
}

/* ---- tables ---- */

typedef struct lookup_context {
    const oct_qlinear_lookup_args *args;
    const oct_qlinear_loops *loops;
} lookup_context;

static void lookup_row(void *context, const int64_t at[OCT_ND_MAX_ARRAYS], int64_t n)
{
    const lookup_context *c = context;
    const oct_qlinear_lookup_args *a = c->args;
    const int last = a->nd->rank - 1;
    const int64_t ys = a->nd->strides[0][last], xs = a->nd->strides[1][last];
    uint8_t *y = a->y + at[0];
    const uint8_t *x = a->x + at[1];
    if (ys == 1 && xs == 1)
        c->loops->lookup(y, x, a->table, n);
    else
        for (int64_t i = 0; i < n; i++)
            y[i * ys] = a->table[x[i * xs]];
}

static void run_lookup(const oct_qlinear_lookup_args *a, size_t item, const oct_qlinear_loops *loops)
{
    oct_nd_run(a->nd, a->cut, item, lookup_row, &(lookup_context){a, loops});
}

/* ---- ladder ---- */

#define AT_LEVEL(NAME, ARGS, LEVEL) \
    static void NAME##_##LEVEL(const oct_qlinear_##ARGS##_args *a, size_t item) { run_##NAME(a, item, &oct_qlinear_##LEVEL); }
#if defined(__x86_64__)
#define SELECT(NAME, ARGS)                                                   \
    AT_LEVEL(NAME, ARGS, ref)                                                \
    AT_LEVEL(NAME, ARGS, avx2)                                               \
    oct_qlinear_##NAME##_fn oct_qlinear_##NAME##_select(oct_cpu_level level) \
    {                                                                        \
        return level >= OCT_CPU_AVX2 ? NAME##_avx2 : NAME##_ref;             \
    }
#else
#define SELECT(NAME, ARGS)                                                   \
    AT_LEVEL(NAME, ARGS, ref)                                                \
    oct_qlinear_##NAME##_fn oct_qlinear_##NAME##_select(oct_cpu_level level) \
    {                                                                        \
        (void)level;                                                         \
        return NAME##_ref;                                                   \
    }
#endif
SELECT(add, add)
SELECT(mul, add)
SELECT(average, average)
SELECT(pool, pool)
SELECT(lookup, lookup)
