/* Pooling windows, level ref: one tap at a time over the channels of a pixel, which compilers vectorize.
 * SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "kernels/math_f32.h"
#include "kernels/window.h"

/* Pixel index of tap (kh, kw) of the window. */
static int64_t tap_pixel(const oct_window_shape *s, const oct_window_taps *t, int32_t kh, int32_t kw)
{
    return t->first + (int64_t)(kh - t->kh0) * s->dilation_h * s->W + (int64_t)(kw - t->kw0) * s->dilation_w;
}

/* Index of pixel `p` (n*H*W + h*W + w) of channel c as MaxPool's second output counts. */
static int64_t flat_index(const oct_window_shape *s, int64_t p, int32_t c)
{
    int64_t plane = (int64_t)s->H * s->W, n = p / plane, in_plane = p % plane;
    if (s->column_major)
        in_plane = in_plane % s->W * s->H + in_plane / s->W;
    return (n * s->C + c) * plane + in_plane;
}

/* out: where output (oh, ow) of channel 0 lies in [N,C,OH,OW] */
#define MAX_INDICES(T, name)                                                                                           \
    static void name##_indices(const oct_window_args *a, const oct_window_item *it, const oct_window_taps *t,          \
                               int32_t ow)                                                                             \
    {                                                                                                                  \
        const oct_window_shape *s = a->shape;                                                                          \
        const T *x = a->x;                                                                                             \
        for (int32_t c = it->c; c < it->c + it->n_channels; c++) {                                                     \
            int64_t best = t->count > 0 ? t->first : -1;                                                               \
            for (int32_t kh = t->kh0; kh < t->kh1; kh++)                                                               \
                for (int32_t kw = t->kw0; kw < t->kw1; kw++) {                                                         \
                    int64_t p = tap_pixel(s, t, kh, kw);                                                               \
                    best = x[p * s->C + c] > x[best * s->C + c] ? p : best;                                            \
                }                                                                                                      \
            int64_t out = (((int64_t)it->n * s->C + c) * s->OH + it->oh) * s->OW + ow;                                 \
            a->indices[out] = best < 0 ? -1 : flat_index(s, best, c);                                                  \
        }                                                                                                              \
    }

#define MAX_ROW(T, name, lowest)                                                                                \
    MAX_INDICES(T, name)                                                                                        \
    static void name##_pixel(T *restrict y, const oct_window_args *a, const oct_window_item *it,                \
                             const oct_window_taps *t)                                                          \
    {                                                                                                           \
        const oct_window_shape *s = a->shape;                                                                   \
        for (int32_t c = 0; c < it->n_channels; c++)                                                            \
            y[c] = t->count > 0 ? ((const T *)a->x)[t->first * s->C + it->c + c] : (T)(lowest);                 \
        for (int32_t kh = t->kh0; kh < t->kh1; kh++)                                                            \
            for (int32_t kw = t->kw0; kw < t->kw1; kw++) {                                                      \
                const T *x = (const T *)a->x + tap_pixel(s, t, kh, kw) * s->C + it->c;                          \
                for (int32_t c = 0; c < it->n_channels; c++)                                                    \
                    y[c] = x[c] > y[c] ? x[c] : y[c];                                                           \
            }                                                                                                   \
    }                                                                                                           \
    void oct_window_##name##_ref(const oct_window_args *a, size_t item)                                         \
    {                                                                                                           \
        const oct_window_shape *s = a->shape;                                                                   \
        oct_window_item it = oct_window_get_item(s, item);                                                      \
        for (int32_t ow = 0; ow < s->OW; ow++) {                                                                \
            oct_window_taps t = oct_window_get_taps(s, it.n, it.oh, ow);                                        \
            T *y = (T *)a->y + (((int64_t)it.n * s->OH + it.oh) * s->OW + ow) * s->C + it.c;                    \
            name##_pixel(y, a, &it, &t);                                                                        \
            if (a->indices)                                                                                     \
                name##_indices(a, &it, &t, ow);                                                                 \
        }                                                                                                       \
    }
MAX_ROW(float, max_f32, -INFINITY)
MAX_ROW(uint8_t, max_u8, 0)
MAX_ROW(int8_t, max_i8, -128)
MAX_ROW(uint16_t, max_u16, 0)
MAX_ROW(int16_t, max_i16, -32768)

/* Runs body(y pixel, x pixel of a tap) over all taps of all outputs of an item, y cleared before. */
typedef void (*add_fn)(float *restrict y, const float *restrict x, int32_t n, float p);
typedef void (*finish_fn)(float *y, int32_t n, float count, float p);

static void sum_row(const oct_window_args *a, size_t item, add_fn add, finish_fn finish)
{
    const oct_window_shape *s = a->shape;
    oct_window_item it = oct_window_get_item(s, item);
    for (int32_t ow = 0; ow < s->OW; ow++) {
        oct_window_taps t = oct_window_get_taps(s, it.n, it.oh, ow);
        float *y = (float *)a->y + (((int64_t)it.n * s->OH + it.oh) * s->OW + ow) * s->C + it.c;
        for (int32_t c = 0; c < it.n_channels; c++)
            y[c] = 0;
        for (int32_t kh = t.kh0; kh < t.kh1; kh++)
            for (int32_t kw = t.kw0; kw < t.kw1; kw++)
                add(y, (const float *)a->x + tap_pixel(s, &t, kh, kw) * s->C + it.c, it.n_channels, (float)s->p);
        if (t.count > 0)
            finish(y, it.n_channels, t.count, (float)s->p);
    }
}

static void add_plain(float *restrict y, const float *restrict x, int32_t n, float p)
{
    (void)p;
    for (int32_t c = 0; c < n; c++)
        y[c] = y[c] + x[c];
}

static void divide(float *y, int32_t n, float count, float p)
{
    (void)p;
    for (int32_t c = 0; c < n; c++)
        y[c] = y[c] / count;
}

void oct_window_average_f32_ref(const oct_window_args *a, size_t item)
{
    sum_row(a, item, add_plain, divide);
}

static void add_absolute(float *restrict y, const float *restrict x, int32_t n, float p)
{
    (void)p;
    for (int32_t c = 0; c < n; c++)
        y[c] = y[c] + fabsf(x[c]);
}

static void add_square(float *restrict y, const float *restrict x, int32_t n, float p)
{
    (void)p;
    for (int32_t c = 0; c < n; c++)
        y[c] = y[c] + x[c] * x[c];
}

static void add_power(float *restrict y, const float *restrict x, int32_t n, float p)
{
    for (int32_t c = 0; c < n; c++)
        y[c] = y[c] + oct_pow_f32(fabsf(x[c]), p);
}

static void keep(float *y, int32_t n, float count, float p)
{
    (void)y, (void)n, (void)count, (void)p;
}

static void take_sqrt(float *y, int32_t n, float count, float p)
{
    (void)count, (void)p;
    for (int32_t c = 0; c < n; c++)
        y[c] = sqrtf(y[c]);
}

static void take_root(float *y, int32_t n, float count, float p)
{
    (void)count;
    for (int32_t c = 0; c < n; c++)
        y[c] = oct_pow_f32(y[c], 1.0f / p);
}

void oct_window_lp_f32_ref(const oct_window_args *a, size_t item)
{
    switch (a->shape->p) {
    case 1: sum_row(a, item, add_absolute, keep); break;
    case 2: sum_row(a, item, add_square, take_sqrt); break;
    default: sum_row(a, item, add_power, take_root); break;
    }
}
