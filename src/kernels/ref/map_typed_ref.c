/* Elementwise operations on integers and bool, and comparisons: one strided loop per operation and type, by macro.
 * SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdbool.h>

#include "kernels/map.h"

/* y[i] = EXPR of a, b, c for every element of the tile; unused inputs are read as a. */
#define LOOP(NAME, N_IN, TA, TB, TY, EXPR)                                                                     \
    static void NAME(const oct_map_args *args)                                                                 \
    {                                                                                                          \
        const oct_tile *t = args->tile;                                                                        \
        const int kb = N_IN > 1 ? 2 : 1, kc = N_IN > 2 ? 3 : 1;                                                \
        for (int64_t i = 0; i < (int64_t)t->rows; i++) {                                                       \
            const TA *pa = (const TA *)t->base[1] + i * t->pitch[1];                                           \
            const TB *pb = (const TB *)t->base[kb] + i * t->pitch[kb];                                         \
            const TB *pc = (const TB *)t->base[kc] + i * t->pitch[kc];                                         \
            TY *y = (TY *)t->base[0] + i * t->pitch[0];                                                        \
            for (size_t n = t->n; n > 0; n--, y++) {                                                           \
                const TA a = *pa;                                                                              \
                const TB b = *pb, c = *pc;                                                                     \
                (void)a, (void)b, (void)c;                                                                     \
                *y = (TY)(EXPR);                                                                               \
                pa += t->stride[1], pb += t->stride[kb], pc += t->stride[kc];                                  \
            }                                                                                                  \
        }                                                                                                      \
    }

/* M(suffix, type) */
#define SIGNED_TYPES(M) M(i8, int8_t) M(i16, int16_t) M(i32, int32_t) M(i64, int64_t)
#define UNSIGNED_TYPES(M) M(u8, uint8_t) M(u16, uint16_t) M(u32, uint32_t) M(u64, uint64_t)
#define INTEGER_TYPES(M) SIGNED_TYPES(M) UNSIGNED_TYPES(M)

/* What does not depend on the sign goes by the unsigned type; arithmetic in uint64_t is right modulo 2^n for all. */
#define BY_WIDTH(S, T)                                           \
    LOOP(copy_##S, 1, T, T, T, a)                                \
    LOOP(neg_##S, 1, T, T, T, 0 - (uint64_t)a)                   \
    LOOP(add_##S, 2, T, T, T, (uint64_t)a + b)                   \
    LOOP(sub_##S, 2, T, T, T, (uint64_t)a - b)                   \
    LOOP(mul_##S, 2, T, T, T, (uint64_t)a * b)                   \
    LOOP(equal_##S, 2, T, T, bool, a == b)                       \
    LOOP(where_##S, 3, uint8_t, T, T, a ? b : c)
UNSIGNED_TYPES(BY_WIDTH)

/* ---- helpers; 64-bit, exact for all narrower types ---- */

static int64_t divide_signed(int64_t a, int64_t b)
{
    if (b == 0)
        return 0;
    return b == -1 ? (int64_t)(0 - (uint64_t)a) : a / b;
}

static int64_t fmod_signed(int64_t a, int64_t b)
{
    return b == 0 || b == -1 ? 0 : a % b;
}

static int64_t mod_signed(int64_t a, int64_t b)
{
    int64_t r = fmod_signed(a, b);
    return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}

static uint64_t divide_unsigned(uint64_t a, uint64_t b)
{
    return b ? a / b : 0;
}

static uint64_t mod_unsigned(uint64_t a, uint64_t b)
{
    return b ? a % b : 0;
}

/* a^b modulo 2^64, by squaring */
static uint64_t power_unsigned(uint64_t a, uint64_t b)
{
    uint64_t r = 1;
    for (; b; b >>= 1, a *= a)
        if (b & 1)
            r *= a;
    return r;
}

static int64_t power_signed(int64_t a, int64_t b)
{
    if (b >= 0)
        return (int64_t)power_unsigned((uint64_t)a, (uint64_t)b);
    if (a == 1)
        return 1;
    return a == -1 ? (b & 1 ? -1 : 1) : 0;
}

#define ORDERED(S, T)                                                    \
    LOOP(min_##S, 2, T, T, T, a < b ? a : b)                             \
    LOOP(max_##S, 2, T, T, T, a > b ? a : b)                             \
    LOOP(clip_##S, 3, T, T, T, (a < b ? b : a) > c ? c : (a < b ? b : a)) \
    LOOP(greater_##S, 2, T, T, bool, a > b)                              \
    LOOP(greater_equal_##S, 2, T, T, bool, a >= b)                       \
    LOOP(less_##S, 2, T, T, bool, a < b)                                 \
    LOOP(less_equal_##S, 2, T, T, bool, a <= b)
INTEGER_TYPES(ORDERED)

#define SIGNED_ONLY(S, T)                                                \
    LOOP(abs_##S, 1, T, T, T, a < 0 ? 0 - (uint64_t)a : (uint64_t)a)     \
    LOOP(sign_##S, 1, T, T, T, (a > 0) - (a < 0))                        \
    LOOP(relu_##S, 1, T, T, T, a < 0 ? 0 : a)                            \
    LOOP(div_##S, 2, T, T, T, divide_signed(a, b))                       \
    LOOP(mod_##S, 2, T, T, T, mod_signed(a, b))                          \
    LOOP(fmod_##S, 2, T, T, T, fmod_signed(a, b))                        \
    LOOP(pow_##S, 2, T, T, T, power_signed(a, b))                        \
    LOOP(prelu_##S, 2, T, T, T, a < 0 ? (uint64_t)a * (uint64_t)b : (uint64_t)a)
SIGNED_TYPES(SIGNED_ONLY)

#define UNSIGNED_ONLY(S, T)                                              \
    LOOP(sign_##S, 1, T, T, T, a > 0)                                    \
    LOOP(div_##S, 2, T, T, T, divide_unsigned(a, b))                     \
    LOOP(mod_##S, 2, T, T, T, mod_unsigned(a, b))                        \
    LOOP(pow_##S, 2, T, T, T, power_unsigned(a, b))
UNSIGNED_TYPES(UNSIGNED_ONLY)

/* bools are read as bytes: whatever is not 0 is true */
LOOP(not_bool, 1, uint8_t, uint8_t, bool, !a)
LOOP(and_bool, 2, uint8_t, uint8_t, bool, a && b)
LOOP(or_bool, 2, uint8_t, uint8_t, bool, a || b)
LOOP(xor_bool, 2, uint8_t, uint8_t, bool, !a != !b)
LOOP(equal_bool, 2, uint8_t, uint8_t, bool, !a == !b)

LOOP(is_nan_f32, 1, float, float, bool, a != a)
LOOP(equal_f32, 2, float, float, bool, a == b)
LOOP(greater_f32, 2, float, float, bool, a > b)
LOOP(greater_equal_f32, 2, float, float, bool, a >= b)
LOOP(less_f32, 2, float, float, bool, a < b)
LOOP(less_equal_f32, 2, float, float, bool, a <= b)

/* ---- tables ---- */

#define COMPARISONS(S)                                                                                        \
    [OCT_MAP_GREATER] = greater_##S, [OCT_MAP_GREATER_EQUAL] = greater_equal_##S, [OCT_MAP_LESS] = less_##S, \
    [OCT_MAP_LESS_EQUAL] = less_equal_##S
#define WIDTH_ENTRIES(U)                                                                            \
    [OCT_MAP_COPY] = copy_##U, [OCT_MAP_NEG] = neg_##U, [OCT_MAP_ADD] = add_##U, [OCT_MAP_SUB] = sub_##U, \
    [OCT_MAP_MUL] = mul_##U, [OCT_MAP_EQUAL] = equal_##U, [OCT_MAP_WHERE] = where_##U
#define ORDER_ENTRIES(S)                                                                           \
    COMPARISONS(S), [OCT_MAP_MIN] = min_##S, [OCT_MAP_MAX] = max_##S, [OCT_MAP_CLIP] = clip_##S,     \
    [OCT_MAP_SIGN] = sign_##S, [OCT_MAP_DIV] = div_##S, [OCT_MAP_MOD] = mod_##S, [OCT_MAP_POW] = pow_##S
#define SIGNED_TABLE(S, U)                                                                          \
    {WIDTH_ENTRIES(U), ORDER_ENTRIES(S), [OCT_MAP_ABS] = abs_##S, [OCT_MAP_RELU] = relu_##S,         \
     [OCT_MAP_FMOD] = fmod_##S, [OCT_MAP_PRELU] = prelu_##S}
#define UNSIGNED_TABLE(U)                                                                           \
    {WIDTH_ENTRIES(U), ORDER_ENTRIES(U), [OCT_MAP_ABS] = copy_##U, [OCT_MAP_RELU] = copy_##U,        \
     [OCT_MAP_FMOD] = mod_##U, [OCT_MAP_PRELU] = copy_##U}

#define LAST_DTYPE OCTET_U64

static const oct_map_fn typed_table[LAST_DTYPE + 1][OCT_MAP_N_OPS] = {
    [OCTET_U8] = UNSIGNED_TABLE(u8),
    [OCTET_U16] = UNSIGNED_TABLE(u16),
    [OCTET_U32] = UNSIGNED_TABLE(u32),
    [OCTET_U64] = UNSIGNED_TABLE(u64),
    [OCTET_I8] = SIGNED_TABLE(i8, u8),
    [OCTET_I16] = SIGNED_TABLE(i16, u16),
    [OCTET_I32] = SIGNED_TABLE(i32, u32),
    [OCTET_I64] = SIGNED_TABLE(i64, u64),
    [OCTET_F16] = {[OCT_MAP_COPY] = copy_u16, [OCT_MAP_WHERE] = where_u16},
    [OCTET_F32] = {[OCT_MAP_IS_NAN] = is_nan_f32, [OCT_MAP_EQUAL] = equal_f32, COMPARISONS(f32),
                   [OCT_MAP_WHERE] = where_u32},
    [OCTET_F64] = {[OCT_MAP_COPY] = copy_u64, [OCT_MAP_WHERE] = where_u64},
    [OCTET_BOOL] = {[OCT_MAP_COPY] = copy_u8, [OCT_MAP_NOT] = not_bool, [OCT_MAP_AND] = and_bool,
                    [OCT_MAP_OR] = or_bool, [OCT_MAP_XOR] = xor_bool, [OCT_MAP_EQUAL] = equal_bool,
                    [OCT_MAP_WHERE] = where_u8},
};

oct_map_fn oct_map_typed_ref(oct_map_op op, octet_dtype dtype)
{
    if (dtype == OCTET_BF16)
        dtype = OCTET_F16;
    return dtype > OCTET_UNDEFINED && dtype <= LAST_DTYPE ? typed_table[dtype][op] : NULL;
}
