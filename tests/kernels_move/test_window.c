/* Pooling windows: random shapes against the formulas of window.h, evaluated tap by tap per output value.
 * SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "dice.h"
#include "guarded.h"
#include "kernels/window.h"

#define FILL 0xA5

static const char *const op_names[] = {"max_f32", "max_u8",      "max_i8", "max_u16",
                                       "max_i16", "average_f32", "lp_f32"};

static void describe(char *text, size_t n, const oct_window_shape *s)
{
    snprintf(text, n, "N%d H%d W%d C%d OH%d OW%d K%dx%d s%dx%d d%dx%d pads %d,%d,%d,%d include %d p %d", s->N, s->H,
             s->W, s->C, s->OH, s->OW, s->KH, s->KW, s->stride_h, s->stride_w, s->dilation_h, s->dilation_w, s->pad_top,
             s->pad_left, s->pad_bottom, s->pad_right, s->count_include_pad, s->p);
}

static size_t elem_size(oct_window_op op)
{
    return op == OCT_WINDOW_MAX_U8 || op == OCT_WINDOW_MAX_I8     ? 1
           : op == OCT_WINDOW_MAX_U16 || op == OCT_WINDOW_MAX_I16 ? 2
                                                                  : 4;
}

static double get(oct_window_op op, const void *x, int64_t i)
{
    switch (op) {
    case OCT_WINDOW_MAX_U8: return ((const uint8_t *)x)[i];
    case OCT_WINDOW_MAX_I8: return ((const int8_t *)x)[i];
    case OCT_WINDOW_MAX_U16: return ((const uint16_t *)x)[i];
    case OCT_WINDOW_MAX_I16: return ((const int16_t *)x)[i];
    default: return (double)((const float *)x)[i];
    }
}

static void put(oct_window_op op, void *y, int64_t i, double v)
{
    if (op == OCT_WINDOW_MAX_U8)
        ((uint8_t *)y)[i] = (uint8_t)v;
    else if (op == OCT_WINDOW_MAX_I8)
        ((int8_t *)y)[i] = (int8_t)v;
    else if (op == OCT_WINDOW_MAX_U16)
        ((uint16_t *)y)[i] = (uint16_t)v;
    else if (op == OCT_WINDOW_MAX_I16)
        ((int16_t *)y)[i] = (int16_t)v;
    else
        ((float *)y)[i] = (float)v;
}

/* What the taps of one output add up to. */
typedef struct tally {
    float acc;
    double best;
    int64_t best_at;
    int n_taps, n_padded;
} tally;

static void visit(tally *t, oct_window_op op, const oct_window_shape *s, const void *x, int n, int h, int w, int c)
{
    t->n_padded += h < s->H + s->pad_bottom && w < s->W + s->pad_right;
    if (h < 0 || h >= s->H || w < 0 || w >= s->W)
        return;
    int64_t i = (((int64_t)n * s->H + h) * s->W + w) * s->C + c;
    double v = get(op, x, i);
    if (t->n_taps == 0 || v > t->best) {
        t->best = v;
        t->best_at = ((int64_t)n * s->C + c) * s->H * s->W + (s->column_major ? w * s->H + h : h * s->W + w);
    }
    t->n_taps++;
    float f = (float)v;
    t->acc += op == OCT_WINDOW_LP_F32 ? (s->p == 1 ? fabsf(f) : f * f) : f;
}

static double result(const tally *t, oct_window_op op, const oct_window_shape *s)
{
    static const double lowest[] = {-INFINITY, 0, -128, 0, -32768};
    if (op <= OCT_WINDOW_MAX_I16)
        return t->n_taps ? t->best : lowest[op];
    if (t->n_taps == 0)
        return 0;
    if (op == OCT_WINDOW_LP_F32)
        return s->p == 1 ? t->acc : sqrtf(t->acc);
    return t->acc / (float)(s->count_include_pad ? t->n_padded : t->n_taps);
}

static void naive(oct_window_op op, const oct_window_args *a)
{
    const oct_window_shape *s = a->shape;
    for (int64_t i = 0; i < (int64_t)s->N * s->OH * s->OW * s->C; i++) {
        int c = (int)(i % s->C), ow = (int)(i / s->C % s->OW), oh = (int)(i / s->C / s->OW % s->OH);
        int n = (int)(i / s->C / s->OW / s->OH);
        tally t = {.best_at = -1};
        for (int kh = 0; kh < s->KH; kh++)
            for (int kw = 0; kw < s->KW; kw++)
                visit(&t, op, s, a->x, n, oh * s->stride_h - s->pad_top + kh * s->dilation_h,
                      ow * s->stride_w - s->pad_left + kw * s->dilation_w, c);
        put(op, a->y, i, result(&t, op, s));
        if (a->indices)
            a->indices[(((int64_t)n * s->C + c) * s->OH + oh) * s->OW + ow] = t.best_at;
    }
}

/* Bits equal; any NaN equals any other. */
static int same(oct_window_op op, const void *a, const void *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (memcmp((const char *)a + i * elem_size(op), (const char *)b + i * elem_size(op), elem_size(op)) != 0 &&
            !(isnan(get(op, a, (int64_t)i)) && isnan(get(op, b, (int64_t)i))))
            return 0;
    return 1;
}

static void check_level(oct_window_op op, const oct_window_args *expected, oct_cpu_level level)
{
    const oct_window_shape *s = expected->shape;
    size_t n = (size_t)s->N * (size_t)s->OH * (size_t)s->OW * (size_t)s->C, n_items = oct_window_n_items(s);
    guarded y = guarded_new(n * elem_size(op), 1, FILL);
    guarded indices = guarded_new(n * 8, 1, FILL);
    oct_window_args a = *expected;
    a.y = y.p;
    a.indices = a.indices ? (int64_t *)(void *)indices.p : NULL;
    size_t *order = dice_order(n_items);
    for (size_t i = 0; i < n_items; i++)
        oct_window_select(op, level)(&a, order[i]);
    char text[256];
    describe(text, sizeof text, s);
    CHECK(same(op, y.p, expected->y, n) && guarded_intact(&y, FILL), "%s %s: %s", op_names[op], oct_cpu_name(level),
          text);
    CHECK(!a.indices || memcmp(a.indices, expected->indices, n * 8) == 0, "%s indices %s: %s", op_names[op],
          oct_cpu_name(level), text);
    free(order);
    guarded_free(&y);
    guarded_free(&indices);
}

static void check_shape(oct_window_op op, const oct_window_shape *s, int indices)
{
    size_t n_x = (size_t)s->N * (size_t)s->H * (size_t)s->W * (size_t)s->C;
    size_t n_y = (size_t)s->N * (size_t)s->OH * (size_t)s->OW * (size_t)s->C;
    guarded x = guarded_new(n_x * elem_size(op), 1, FILL);
    if (elem_size(op) < 4)
        dice_bytes(x.p, x.n);
    else
        for (size_t i = 0; i < n_x; i++)
            ((float *)(void *)x.p)[i] = dice_spiced(op == OCT_WINDOW_MAX_F32 ? 10 : 200);
    oct_window_args a = {
        .shape = s, .x = x.p, .y = malloc(n_y * 4 + 1), .indices = indices ? malloc(n_y * 8 + 1) : NULL};
    naive(op, &a);
    for (int level = 0; level <= (int)oct_cpu_detect(); level++)
        check_level(op, &a, (oct_cpu_level)level);
    free(a.y);
    free(a.indices);
    guarded_free(&x);
}

static int32_t out_size(int32_t size, int32_t K, int32_t stride, int32_t dilation, int32_t pads, int ceil_mode)
{
    int32_t room = size + pads - dilation * (K - 1) - 1;
    return room < 0 ? 0 : (room + (ceil_mode ? stride - 1 : 0)) / stride + 1;
}

static oct_window_shape random_shape(void)
{
    static const int32_t channels[] = {1, 2, 3, 7, 8, 9, 16, 31, 32, 33, 64, 100, 130};
    oct_window_shape s = {
        .N = dice_int(1, 2),
        .H = dice_int(1, 12),
        .W = dice_int(1, 12),
        .C = channels[dice_u32() % 13],
        .KH = dice_int(1, 4),
        .KW = dice_int(1, 4),
        .stride_h = dice_int(1, 3),
        .stride_w = dice_int(1, 3),
        .dilation_h = dice_int(1, 2),
        .dilation_w = dice_int(1, 3),
        .pad_top = dice_int(0, 2),
        .pad_left = dice_int(0, 2),
        .pad_bottom = dice_int(0, 2),
        .pad_right = dice_int(0, 2),
        .count_include_pad = dice_int(0, 1),
        .column_major = dice_int(0, 1),
        .p = dice_int(1, 2),
    };
    if (dice_int(0, 5) == 0) { /* global */
        s.KH = s.H;
        s.KW = s.W;
        s.pad_top = s.pad_left = s.pad_bottom = s.pad_right = 0;
    }
    s.OH = out_size(s.H, s.KH, s.stride_h, s.dilation_h, s.pad_top + s.pad_bottom, dice_int(0, 1));
    s.OW = out_size(s.W, s.KW, s.stride_w, s.dilation_w, s.pad_left + s.pad_right, dice_int(0, 1));
    return s;
}

int main(void)
{
    for (int i = 0; i < 2000; i++) {
        oct_window_shape s = random_shape();
        oct_window_op op = (oct_window_op)dice_int(0, OCT_WINDOW_N_OPS - 1);
        if (s.OH > 0 && s.OW > 0)
            check_shape(op, &s, op <= OCT_WINDOW_MAX_I16 && dice_int(0, 2) == 0);
    }
    return check_done();
}
