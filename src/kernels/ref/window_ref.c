/* Pooling windows, level ref: one tap at a time over the channels of a pixel, which compilers vectorize.
 * SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "base/compiler.h"
#include "kernels/math_f32.h"
#include "kernels/ref/elems.h"
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

static float as_f32(int64_t v)
{
    const uint32_t bits = (uint32_t)v;
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

/* The largest of each of some channels, and which pixel it is of; -1: none */
typedef struct winners {
    int64_t value[OCT_ELEMS], pixel[OCT_ELEMS];
} winners;

static void look_at(winners *w, const void *x, octet_dtype dtype, int64_t pixel, size_t n)
{
    int64_t v[OCT_ELEMS];
    oct_elems_load(v, x, dtype, 1, n);
    for (size_t c = 0; c < n; c++)
        if (w->pixel[c] < 0 || (dtype == OCTET_F32 ? as_f32(v[c]) > as_f32(w->value[c]) : v[c] > w->value[c])) {
            w->value[c] = v[c];
            w->pixel[c] = pixel;
        }
}

/* Channels c .. c + n of output (oh, ow) of image n. lowest: what an output without taps gets. */
static void max_pixel(const oct_window_args *a, const oct_window_item *it, int32_t ow, octet_dtype dtype, int64_t lowest)
{
    const oct_window_shape *s = a->shape;
    const oct_window_taps t = oct_window_get_taps(s, it->n, it->oh, ow);
    const int64_t size = (int64_t)octet_dtype_size(dtype), y = ((int64_t)it->n * s->OH + it->oh) * s->OW + ow;
    winners w;
    for (int32_t c = 0; c < it->n_channels; c++) {
        w.value[c] = lowest;
        w.pixel[c] = -1;
    }
    for (int32_t kh = t.kh0; t.count > 0 && kh < t.kh1; kh++)
        for (int32_t kw = t.kw0; kw < t.kw1; kw++) {
            const int64_t pixel = tap_pixel(s, &t, kh, kw);
            look_at(&w, (const char *)a->x + (pixel * s->C + it->c) * size, dtype, pixel, (size_t)it->n_channels);
        }
    oct_elems_store((char *)a->y + (y * s->C + it->c) * size, (size_t)size, w.value, (size_t)it->n_channels);
    for (int32_t c = 0; a->indices && c < it->n_channels; c++) {
        const int64_t out = (((int64_t)it->n * s->C + it->c + c) * s->OH + it->oh) * s->OW + ow;
        a->indices[out] = w.pixel[c] < 0 ? -1 : flat_index(s, w.pixel[c], it->c + c);
    }
}

static void max_row(const oct_window_args *a, size_t item, octet_dtype dtype, int64_t lowest)
{
    const oct_window_item all = oct_window_get_item(a->shape, item);
    for (int32_t ow = 0; ow < a->shape->OW; ow++)
        for (oct_window_item it = all; it.c < all.c + all.n_channels; it.c += OCT_ELEMS) {
            it.n_channels = (int32_t)oct_min64(all.c + all.n_channels - it.c, OCT_ELEMS);
            max_pixel(a, &it, ow, dtype, lowest);
        }
}

#define MAX(name, DTYPE, LOWEST) \
    void oct_window_##name##_ref(const oct_window_args *a, size_t item) { max_row(a, item, DTYPE, LOWEST); }
MAX(max_f32, OCTET_F32, 0xff800000) /* -infinity */
MAX(max_u8, OCTET_U8, 0)
MAX(max_i8, OCTET_I8, -128)
MAX(max_u16, OCTET_U16, 0)
MAX(max_i16, OCTET_I16, -32768)

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
