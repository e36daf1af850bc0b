/* Quantizers: extreme values, ties and random strides against the formulas of quant.h, at every level.
 * SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "dice.h"
#include "guarded.h"
#include "kernels/quant.h"

#define FILL 0xA5

typedef struct kind {
    octet_dtype dtype;
    double min, max;
    size_t size;
} kind;

static const kind kinds[] = {
    {OCTET_U8, 0, 255, 1}, {OCTET_I8, -128, 127, 1}, {OCTET_U16, 0, 65535, 2}, {OCTET_I16, -32768, 32767, 2},
    {OCTET_I32, INT32_MIN, INT32_MAX, 4},
};

static double get(const kind *k, const void *p, int64_t i)
{
    switch (k->dtype) {
    case OCTET_U8: return ((const uint8_t *)p)[i];
    case OCTET_I8: return ((const int8_t *)p)[i];
    case OCTET_U16: return ((const uint16_t *)p)[i];
    case OCTET_I16: return ((const int16_t *)p)[i];
    default: return ((const int32_t *)p)[i];
    }
}

static void put(const kind *k, void *p, int64_t i, double v)
{
    switch (k->dtype) {
    case OCTET_U8: ((uint8_t *)p)[i] = (uint8_t)v; break;
    case OCTET_I8: ((int8_t *)p)[i] = (int8_t)v; break;
    case OCTET_U16: ((uint16_t *)p)[i] = (uint16_t)v; break;
    case OCTET_I16: ((int16_t *)p)[i] = (int16_t)v; break;
    default: ((int32_t *)p)[i] = (int32_t)v; break;
    }
}

static double quantize(const kind *k, float x, float scale, double zero)
{
    double v = x / scale;
    if (isnan(v))
        return k->min;
    v = rint(v < -1e9 ? -1e9 : v > 1e9 ? 1e9 : v) + zero; /* half to even */
    return v < k->min ? k->min : v > k->max ? k->max : v;
}

/* One index space with y, x and scale in random orders; every third scale stride is 0. */
typedef struct space {
    oct_nd nd;
    size_t n, n_scales;
} space;

static space random_space(void)
{
    space s = {.nd = {.n_arrays = 3}, .n = 1, .n_scales = 1};
    int64_t dims[3], ys[3], xs[3], ss[3];
    size_t *order = dice_order(3);
    for (int i = 0; i < 3; i++)
        dims[i] = dice_int(1, dice_int(0, 1) ? 70 : 3);
    int same = dice_int(0, 2);
    for (int i = 2; i >= 0; i--) {
        size_t axis = order[i];
        ys[axis] = xs[axis] = (int64_t)s.n;
        s.n *= (size_t)dims[axis];
        ss[axis] = dice_int(0, 2) ? 0 : (int64_t)s.n_scales;
        s.n_scales *= ss[axis] ? (size_t)dims[axis] : 1;
    }
    for (int i = 2, n = 1; i >= 0 && !same; i--) {
        xs[i] = n;
        n *= (int)dims[i];
    }
    for (int i = 0; i < 3; i++)
        oct_nd_push(&s.nd, dims[i], ys[i], xs[i], ss[i]);
    free(order);
    return s;
}

typedef struct data {
    float *real, *scale;
    void *integer, *zero;
} data;

static data random_data(const kind *k, const space *s)
{
    data d = {malloc(s->n * 4), malloc(s->n_scales * 4), malloc(s->n * 4), malloc(s->n_scales * 4)};
    dice_bytes(d.integer, s->n * 4);
    dice_bytes(d.zero, s->n_scales * 4);
    for (size_t i = 0; i < s->n_scales; i++) {
        d.scale[i] = dice_int(0, 1) ? 0.5f : (dice_float() + 1.001f) * 0.1f;
        if (k->dtype == OCTET_I32)
            put(k, d.zero, (int64_t)i, dice_int(-3, 3));
    }
    for (size_t i = 0; i < s->n; i++) /* half of them quarters: ties for scale 0.5 */
        d.real[i] = dice_int(0, 1) ? (float)dice_int(-300, 300) * 0.25f : dice_spiced(8) * 50;
    return d;
}

static void free_data(data *d)
{
    free(d->real);
    free(d->scale);
    free(d->integer);
    free(d->zero);
}

static void expect_quantized(const kind *k, const space *s, const data *d, void *y)
{
    oct_nd_walk w;
    oct_nd_walk_init(&w, &s->nd, s->nd.rank, 0);
    for (size_t i = 0; i < s->n; i++, oct_nd_walk_next(&w))
        put(k, y, w.at[0], quantize(k, d->real[w.at[1]], d->scale[w.at[2]], get(k, d->zero, w.at[2])));
}

static void expect_dequantized(const kind *k, const space *s, const data *d, float *y)
{
    oct_nd_walk w;
    oct_nd_walk_init(&w, &s->nd, s->nd.rank, 0);
    for (size_t i = 0; i < s->n; i++, oct_nd_walk_next(&w))
        y[w.at[0]] = (float)(get(k, d->integer, w.at[1]) - get(k, d->zero, w.at[2])) * d->scale[w.at[2]];
}

static void check_level(const kind *k, const space *s, const data *d, int back, oct_cpu_level level,
                        const void *expected)
{
    oct_quant q = {.nd = s->nd};
    oct_quant_init(&q, k->dtype);
    size_t n_bytes = s->n * (back ? 4 : k->size);
    guarded y = guarded_new(n_bytes, dice_int(0, 1), FILL);
    oct_quant_args a = {&q, back ? d->integer : d->real, y.p, d->scale, d->zero};
    size_t *order = dice_order((size_t)q.cut.n_items);
    for (int64_t i = 0; i < q.cut.n_items; i++)
        (back ? oct_dequantize_select(level) : oct_quantize_select(level))(&a, order[i]);
    CHECK(memcmp(y.p, expected, n_bytes) == 0 && guarded_intact(&y, FILL), "%s %s %s, dims %d %d %d",
          back ? "dequantize" : "quantize", oct_cpu_name(level), octet_dtype_name(k->dtype), (int)s->nd.dims[0],
          (int)s->nd.dims[1], (int)s->nd.dims[2]);
    free(order);
    guarded_free(&y);
}

static void check_kind(const kind *k)
{
    space s = random_space();
    data d = random_data(k, &s);
    void *expected = malloc(s.n * 4);
    for (int back = k->dtype == OCTET_I32; back < 2; back++) {
        if (back)
            expect_dequantized(k, &s, &d, expected);
        else
            expect_quantized(k, &s, &d, expected);
        for (int level = 0; level <= (int)oct_cpu_detect(); level++)
            check_level(k, &s, &d, back, (oct_cpu_level)level, expected);
    }
    free(expected);
    free_data(&d);
}

static void check_dynamic(void)
{
    float x[37], min, max, scale;
    uint8_t zero;
    for (int i = 0; i < 37; i++)
        x[i] = i == 20 ? NAN : (float)i - 7;
    oct_range_f32(x, 37, &min, &max);
    CHECK(min == -7 && max == 29, "range %g %g", min, max);
    oct_dynamic_scale(min, max, &scale, &zero);
    CHECK(scale == 36.0f / 255.0f && zero == 50, "scale %g zero %d", scale, zero);
    oct_range_f32(x, 0, &min, &max);
    oct_dynamic_scale(min, max, &scale, &zero);
    CHECK(scale == 1 && zero == 0, "of nothing: scale %g zero %d", scale, zero);
}

int main(void)
{
    check_dynamic();
    for (int i = 0; i < 1500; i++)
        check_kind(&kinds[dice_u32() % 5]);
    return check_done();
}
