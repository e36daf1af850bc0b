/* Casts by way of what a type means: float32 for it and the half formats, double, or int64; a row is opened to one of them,
 * made another if need be, and closed.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <string.h>

#include "base/half.h"
#include "kernels/cast.h"
#include "kernels/ref/elems.h"

typedef enum meaning { NO_TYPE, FLOAT, DOUBLE, INTEGER } meaning;

/* Some elements as what they mean. */
typedef struct row {
    float f[OCT_ELEMS];
    double d[OCT_ELEMS];
    int64_t i[OCT_ELEMS]; /* uint64 by its bits */
} row;

static meaning meaning_of(octet_dtype t)
{
    switch (t) {
    case OCTET_F32:
    case OCTET_F16:
    case OCTET_BF16: return FLOAT;
    case OCTET_F64: return DOUBLE;
    case OCTET_U8:
    case OCTET_I8:
    case OCTET_U16:
    case OCTET_I16:
    case OCTET_U32:
    case OCTET_I32:
    case OCTET_U64:
    case OCTET_I64:
    case OCTET_BOOL: return INTEGER;
    default: return NO_TYPE;
    }
}

static void open_row(row *r, const void *x, octet_dtype from, int64_t stride, size_t n)
{
    if (meaning_of(from) != FLOAT)
        oct_elems_load(r->i, x, from, stride, n);
    for (size_t k = 0; k < n; k++) {
        const int64_t at = (int64_t)k * stride;
        switch (from) {
        case OCTET_F32: r->f[k] = ((const float *)x)[at]; break;
        case OCTET_F16: r->f[k] = oct_f32_from_f16(((const uint16_t *)x)[at]); break;
        case OCTET_BF16: r->f[k] = oct_f32_from_bf16(((const uint16_t *)x)[at]); break;
        case OCTET_F64: memcpy(&r->d[k], &r->i[k], sizeof(double)); break;
        default: break;
        }
    }
}

/* float32 from what the row means; half formats from double are rounded once, when the row is closed. */
static void make_floats(row *r, octet_dtype from, size_t n)
{
    for (size_t k = 0; k < n && meaning_of(from) == DOUBLE; k++)
        r->f[k] = (float)r->d[k];
    for (size_t k = 0; k < n && meaning_of(from) == INTEGER; k++)
        r->f[k] = from == OCTET_U64 ? (float)(uint64_t)r->i[k] : (float)r->i[k];
}

static void make_doubles(row *r, octet_dtype from, size_t n)
{
    for (size_t k = 0; k < n && meaning_of(from) == FLOAT; k++)
        r->d[k] = r->f[k];
    for (size_t k = 0; k < n && meaning_of(from) == INTEGER; k++)
        r->d[k] = from == OCTET_U64 ? (double)(uint64_t)r->i[k] : (double)r->i[k];
}

/* Saturated: -2^(bits - 1) or 0, and end = highest + 1, are exact in double. */
static void saturate(row *r, octet_dtype to, size_t n)
{
    const unsigned bits = 8 * (unsigned)octet_dtype_size(to);
    const bool is_signed = to == OCTET_I8 || to == OCTET_I16 || to == OCTET_I32 || to == OCTET_I64;
    const uint64_t highest = UINT64_MAX >> (64 - bits + is_signed);
    const double end = 2.0 * (double)(UINT64_C(1) << (bits - 1 - is_signed)), lowest = is_signed ? -end : 0;
    for (size_t k = 0; k < n; k++) {
        const double v = r->d[k];
        if (v >= end)
            r->i[k] = (int64_t)highest;
        else if (v >= 0)
            r->i[k] = (int64_t)(uint64_t)v;
        else
            r->i[k] = v > lowest ? (int64_t)v : v != v ? 0 : (int64_t)lowest;
    }
}

static void make_integers(row *r, octet_dtype from, octet_dtype to, size_t n)
{
    if (meaning_of(from) != INTEGER) {
        make_doubles(r, from, n);
        if (to != OCTET_BOOL)
            saturate(r, to, n);
    }
    for (size_t k = 0; k < n && to == OCTET_BOOL; k++)
        r->i[k] = meaning_of(from) == INTEGER ? r->i[k] != 0 : r->d[k] != 0;
}

static void close_row(void *y, row *r, octet_dtype from, octet_dtype to, size_t n)
{
    uint16_t *half = y;
    if (meaning_of(to) == INTEGER) {
        make_integers(r, from, to, n);
        oct_elems_store(y, octet_dtype_size(to), r->i, n);
    } else if (to == OCTET_F64) {
        make_doubles(r, from, n);
        memcpy(y, r->d, n * sizeof(double));
    } else if (to == OCTET_F32) {
        make_floats(r, from, n);
        memcpy(y, r->f, n * sizeof(float));
    } else {
        for (size_t k = 0; k < n && from == OCTET_F64; k++)
            r->f[k] = oct_f32_odd_from_f64(r->d[k]);
        if (from != OCTET_F64)
            make_floats(r, from, n);
        for (size_t k = 0; k < n; k++)
            half[k] = to == OCTET_F16 ? oct_f16_from_f32(r->f[k]) : oct_bf16_from_f32(r->f[k]);
    }
}

static void run(const oct_tile *t, octet_dtype from, octet_dtype to)
{
    const int64_t x_size = (int64_t)octet_dtype_size(from), y_size = (int64_t)octet_dtype_size(to);
    row r;
    for (int64_t i = 0; i < (int64_t)t->rows; i++)
        for (size_t first = 0; first < t->n; first += OCT_ELEMS) {
            const size_t n = t->n - first < OCT_ELEMS ? t->n - first : OCT_ELEMS;
            const int64_t x_at = i * t->pitch[1] + (int64_t)first * t->stride[1], y_at = i * t->pitch[0] + (int64_t)first;
            open_row(&r, (const char *)t->base[1] + x_at * x_size, from, t->stride[1], n);
            close_row((char *)t->base[0] + y_at * y_size, &r, from, to, n);
        }
}

oct_cast_fn oct_cast_ref(octet_dtype from, octet_dtype to)
{
    return meaning_of(from) != NO_TYPE && meaning_of(to) != NO_TYPE ? run : NULL;
}
