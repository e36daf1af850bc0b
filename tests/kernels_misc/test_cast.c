/* Casts: every pair of types on extreme and random values against C's conversions done one at a time.
 * SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "base/half.h"
#include "dice.h"
#include "kernels/cast.h"

static const octet_dtype types[] = {OCTET_F32, OCTET_F64, OCTET_F16, OCTET_BF16, OCTET_U8,  OCTET_I8,  OCTET_U16,
                                    OCTET_I16, OCTET_U32, OCTET_I32, OCTET_U64,  OCTET_I64, OCTET_BOOL};
#define N_TYPES (sizeof types / sizeof types[0])

static int is_float(octet_dtype t)
{
    return t == OCTET_F32 || t == OCTET_F64 || t == OCTET_F16 || t == OCTET_BF16;
}

/* An element: a number of one kind or the other. 64-bit integers keep their sign in is_signed. */
typedef struct number {
    int is_float, is_signed;
    double f;
    uint64_t u;
} number;

#define READ(T, v, p) T v; memcpy(&v, p, sizeof v)

static number read_int(octet_dtype t, const void *p)
{
    number n = {.is_signed = t == OCTET_I8 || t == OCTET_I16 || t == OCTET_I32 || t == OCTET_I64};
    int bits = (int)octet_dtype_size(t) * 8;
    memcpy(&n.u, p, octet_dtype_size(t));
    if (n.is_signed && bits < 64 && (n.u >> (bits - 1) & 1))
        n.u |= ~UINT64_C(0) << bits;
    if (t == OCTET_BOOL)
        n.u = n.u != 0;
    return n;
}

static number read_number(octet_dtype t, const void *p)
{
    READ(uint16_t, half, p);
    if (t == OCTET_F16 || t == OCTET_BF16)
        return (number){.is_float = 1, .f = t == OCTET_F16 ? oct_f32_from_f16(half) : oct_f32_from_bf16(half)};
    if (t == OCTET_F64) {
        READ(double, v, p);
        return (number){.is_float = 1, .f = v};
    }
    if (t == OCTET_F32) {
        READ(float, v, p);
        return (number){.is_float = 1, .f = v};
    }
    return read_int(t, p);
}

static float to_f32(const number *n)
{
    if (n->is_float)
        return (float)n->f;
    return n->is_signed ? (float)(int64_t)n->u : (float)n->u;
}

static double to_f64(const number *n)
{
    if (n->is_float)
        return n->f;
    return n->is_signed ? (double)(int64_t)n->u : (double)n->u;
}

/* Saturated, as 64 bits. */
static uint64_t to_int(const number *n, octet_dtype t)
{
    int is_signed = t == OCTET_I8 || t == OCTET_I16 || t == OCTET_I32 || t == OCTET_I64;
    int bits = (int)octet_dtype_size(t) * 8;
    if (!n->is_float)
        return n->u;
    double end = ldexp(1, is_signed ? bits - 1 : bits), lowest = is_signed ? -end : 0;
    uint64_t highest = (is_signed ? UINT64_C(1) << (bits - 1) : bits == 64 ? 0 : UINT64_C(1) << bits) - 1;
    if (isnan(n->f))
        return 0;
    if (n->f >= end)
        return highest;
    if (n->f <= lowest)
        return is_signed ? ~highest : 0;
    return is_signed ? (uint64_t)(int64_t)n->f : (uint64_t)n->f;
}

static void write_number(octet_dtype t, void *p, const number *n, int from_f64)
{
    float f = to_f32(n);
    double d = to_f64(n);
    uint16_t half = t == OCTET_BF16 ? (from_f64 ? oct_bf16_from_f64(d) : oct_bf16_from_f32(f))
                                    : (from_f64 ? oct_f16_from_f64(d) : oct_f16_from_f32(f));
    uint8_t truth = n->is_float ? n->f != 0 : n->u != 0;
    uint64_t u = is_float(t) ? 0 : to_int(n, t);
    switch (t) {
    case OCTET_F32: memcpy(p, &f, sizeof f); break;
    case OCTET_F64: memcpy(p, &d, sizeof d); break;
    case OCTET_F16:
    case OCTET_BF16: memcpy(p, &half, sizeof half); break;
    case OCTET_BOOL: memcpy(p, &truth, 1); break;
    default: memcpy(p, &u, octet_dtype_size(t)); break;
    }
}

static void random_element(octet_dtype t, void *p)
{
    number n = {.is_float = 1, .f = dice_spiced(4)};
    dice_bytes(p, octet_dtype_size(t));
    if (is_float(t) && dice_int(0, 3)) {
        n.f *= ldexp(1, dice_int(0, 70));
        write_number(t, p, &n, 1);
    } else if (dice_int(0, 3) == 0) {
        memset(p, dice_int(0, 1) ? 0xff : 0, octet_dtype_size(t));
    }
    if (t == OCTET_BOOL)
        *(uint8_t *)p &= 1;
}

static void check_pair(octet_dtype from, octet_dtype to)
{
    uint64_t x, y, expected;
    const oct_tile tile = {.rows = 1, .n = 1, .base = {&y, &x}};
    for (int i = 0; i < 2000; i++) {
        x = y = expected = 0;
        random_element(from, &x);
        oct_cast_select(OCT_CPU_REF, from, to)(&tile, from, to);
        number n = read_number(from, &x);
        write_number(to, &expected, &n, from == OCTET_F64);
        int both_nan = is_float(to) && isnan(read_number(to, &y).f) && isnan(read_number(to, &expected).f);
        CHECK(y == expected || both_nan, "%s %llx to %s is %llx, not %llx", octet_dtype_name(from),
              (unsigned long long)x, octet_dtype_name(to), (unsigned long long)y, (unsigned long long)expected);
    }
}

/* Each level against ref on dense rows of all lengths, with gaps between them that must stay; NaNs to the bit. */
static void check_levels(octet_dtype from, octet_dtype to)
{
    uint32_t x[80], y[80], expected[80];
    for (int level = 1; level <= (int)oct_cpu_detect(); level++)
        for (int i = 0; i < 20000; i++) {
            size_t size = octet_dtype_size(from);
            for (int k = 0; k < 80; k++)
                random_element(from, (char *)x + (size_t)k * size);
            memset(y, 0x5a, sizeof y);
            memset(expected, 0x5a, sizeof expected);
            oct_tile tile = {.rows = 2, .n = (size_t)dice_int(0, 39), .base = {expected, x}, .pitch = {39, 40},
                             .stride = {1, 1}};
            oct_cast_ref(from, to)(&tile, from, to);
            tile.base[0] = y;
            oct_cast_select((oct_cpu_level)level, from, to)(&tile, from, to);
            CHECK(memcmp(y, expected, sizeof y) == 0, "%s to %s, %d elements", octet_dtype_name(from),
                  octet_dtype_name(to), (int)tile.n);
        }
}

/* 2 rows of 3 from a transposed array */
static void check_strides(void)
{
    float x[] = {1, 2, 3, 4, 5, 6};
    int32_t y[8] = {0}, expected[] = {1, 3, 5, 0, 2, 4, 6, 0};
    const oct_tile tile = {.rows = 2, .n = 3, .base = {y, x}, .pitch = {4, 1}, .stride = {1, 2}};
    oct_cast_select(OCT_CPU_REF, OCTET_F32, OCTET_I32)(&tile, OCTET_F32, OCTET_I32);
    CHECK(memcmp(y, expected, sizeof y) == 0, "strides");
}

int main(void)
{
    for (size_t i = 0; i < N_TYPES; i++)
        for (size_t j = 0; j < N_TYPES; j++)
            check_pair(types[i], types[j]);
    check_levels(OCTET_F32, OCTET_F16);
    check_levels(OCTET_F32, OCTET_BF16);
    check_levels(OCTET_F16, OCTET_F32);
    check_levels(OCTET_BF16, OCTET_F32);
    check_strides();
    CHECK(!oct_cast_select(OCT_CPU_REF, OCTET_UNDEFINED, OCTET_F32) &&
              !oct_cast_select(OCT_CPU_AVX2, OCTET_F32, (octet_dtype)8), "no types");
    return check_done();
}
