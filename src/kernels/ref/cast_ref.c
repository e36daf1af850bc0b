/* One loop per pair of types, by macro.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kernels/cast.h"

#include <stdbool.h>

#include "base/half.h"

/* y = CONVERT(v), v = OPEN(x): what x means as a C number (half floats are opened to float first) */
#define LOOP(FROM, TX, OPEN, TO, TY, CONVERT)                                    \
    static void FROM##_to_##TO(const oct_tile *t)                                \
    {                                                                            \
        for (int64_t i = 0; i < (int64_t)t->rows; i++) {                         \
            const TX *x = (const TX *)t->base[1] + i * t->pitch[1];              \
            TY *y = (TY *)t->base[0] + i * t->pitch[0];                          \
            for (size_t n = t->n; n > 0; n--, x += t->stride[1], y++)            \
                *y = (TY)CONVERT(OPEN(*x));                                      \
        }                                                                        \
    }

/* Saturating conversion; lowest and end = highest + 1 are exact in double. */
#define SATURATE(S, T, lowest, highest, end)                                     \
    static inline T saturate_##S(double v)                                       \
    {                                                                            \
        if (!(v > (lowest)))                                                     \
            return v != v ? 0 : (T)(lowest);                                     \
        return v >= (end) ? (highest) : (T)v;                                    \
    }
SATURATE(u8, uint8_t, 0.0, UINT8_MAX, 0x1p8)
SATURATE(i8, int8_t, -0x1p7, INT8_MAX, 0x1p7)
SATURATE(u16, uint16_t, 0.0, UINT16_MAX, 0x1p16)
SATURATE(i16, int16_t, -0x1p15, INT16_MAX, 0x1p15)
SATURATE(u32, uint32_t, 0.0, UINT32_MAX, 0x1p32)
SATURATE(i32, int32_t, -0x1p31, INT32_MAX, 0x1p31)
SATURATE(u64, uint64_t, 0.0, UINT64_MAX, 0x1p64)
SATURATE(i64, int64_t, -0x1p63, INT64_MAX, 0x1p63)

#define KEEP(v) (v)
#define TRUTH(v) ((v) != 0)
#define HALF(v) oct_f16_from_f32((float)(v))
#define BRAIN(v) oct_bf16_from_f32((float)(v))

#define FROM_ANY(FROM, TX, OPEN, TO_F16, TO_BF16)          \
    LOOP(FROM, TX, OPEN, f32, float, KEEP)                 \
    LOOP(FROM, TX, OPEN, f64, double, KEEP)                \
    LOOP(FROM, TX, OPEN, f16, uint16_t, TO_F16)            \
    LOOP(FROM, TX, OPEN, bf16, uint16_t, TO_BF16)          \
    LOOP(FROM, TX, OPEN, truth, bool, TRUTH)
#define FROM_FLOAT(FROM, TX, OPEN, TO_F16, TO_BF16)        \
    FROM_ANY(FROM, TX, OPEN, TO_F16, TO_BF16)              \
    LOOP(FROM, TX, OPEN, u8, uint8_t, saturate_u8)         \
    LOOP(FROM, TX, OPEN, i8, int8_t, saturate_i8)          \
    LOOP(FROM, TX, OPEN, u16, uint16_t, saturate_u16)      \
    LOOP(FROM, TX, OPEN, i16, int16_t, saturate_i16)       \
    LOOP(FROM, TX, OPEN, u32, uint32_t, saturate_u32)      \
    LOOP(FROM, TX, OPEN, i32, int32_t, saturate_i32)       \
    LOOP(FROM, TX, OPEN, u64, uint64_t, saturate_u64)      \
    LOOP(FROM, TX, OPEN, i64, int64_t, saturate_i64)
/* modulo 2^n, as gcc and clang define it for signed types too: the target's sign does not matter */
#define FROM_INTEGER(FROM, TX, OPEN)                       \
    FROM_ANY(FROM, TX, OPEN, HALF, BRAIN)                  \
    LOOP(FROM, TX, OPEN, x8, uint8_t, KEEP)                \
    LOOP(FROM, TX, OPEN, x16, uint16_t, KEEP)              \
    LOOP(FROM, TX, OPEN, x32, uint32_t, KEEP)              \
    LOOP(FROM, TX, OPEN, x64, uint64_t, KEEP)

FROM_FLOAT(f32, float, KEEP, HALF, BRAIN)
FROM_FLOAT(f64, double, KEEP, oct_f16_from_f64, oct_bf16_from_f64)
FROM_FLOAT(f16, uint16_t, oct_f32_from_f16, HALF, BRAIN)
FROM_FLOAT(bf16, uint16_t, oct_f32_from_bf16, HALF, BRAIN)
FROM_INTEGER(u8, uint8_t, KEEP)
FROM_INTEGER(i8, int8_t, KEEP)
FROM_INTEGER(u16, uint16_t, KEEP)
FROM_INTEGER(i16, int16_t, KEEP)
FROM_INTEGER(u32, uint32_t, KEEP)
FROM_INTEGER(i32, int32_t, KEEP)
FROM_INTEGER(u64, uint64_t, KEEP)
FROM_INTEGER(i64, int64_t, KEEP)
FROM_INTEGER(truth, uint8_t, TRUTH)

#define LAST_DTYPE OCTET_BF16
#define TO_FLOATS(S)                                                                                        \
    [OCTET_F32] = S##_to_f32, [OCTET_F64] = S##_to_f64, [OCTET_F16] = S##_to_f16, [OCTET_BF16] = S##_to_bf16, \
    [OCTET_BOOL] = S##_to_truth
#define FLOAT_ROW(S)                                                                                        \
    {TO_FLOATS(S), [OCTET_U8] = S##_to_u8, [OCTET_I8] = S##_to_i8, [OCTET_U16] = S##_to_u16,                 \
     [OCTET_I16] = S##_to_i16, [OCTET_U32] = S##_to_u32, [OCTET_I32] = S##_to_i32, [OCTET_U64] = S##_to_u64, \
     [OCTET_I64] = S##_to_i64}
#define INTEGER_ROW(S)                                                                                      \
    {TO_FLOATS(S), [OCTET_U8] = S##_to_x8, [OCTET_I8] = S##_to_x8, [OCTET_U16] = S##_to_x16,                 \
     [OCTET_I16] = S##_to_x16, [OCTET_U32] = S##_to_x32, [OCTET_I32] = S##_to_x32, [OCTET_U64] = S##_to_x64, \
     [OCTET_I64] = S##_to_x64}

static const oct_cast_fn cast_table[LAST_DTYPE + 1][LAST_DTYPE + 1] = {
    [OCTET_F32] = FLOAT_ROW(f32),   [OCTET_F64] = FLOAT_ROW(f64),   [OCTET_F16] = FLOAT_ROW(f16),
    [OCTET_BF16] = FLOAT_ROW(bf16), [OCTET_U8] = INTEGER_ROW(u8),   [OCTET_I8] = INTEGER_ROW(i8),
    [OCTET_U16] = INTEGER_ROW(u16), [OCTET_I16] = INTEGER_ROW(i16), [OCTET_U32] = INTEGER_ROW(u32),
    [OCTET_I32] = INTEGER_ROW(i32), [OCTET_U64] = INTEGER_ROW(u64), [OCTET_I64] = INTEGER_ROW(i64),
    [OCTET_BOOL] = INTEGER_ROW(truth),
};

oct_cast_fn oct_cast_ref(octet_dtype from, octet_dtype to)
{
    if (from < OCTET_UNDEFINED || from > LAST_DTYPE || to < OCTET_UNDEFINED || to > LAST_DTYPE)
        return NULL;
    return cast_table[from][to];
}
