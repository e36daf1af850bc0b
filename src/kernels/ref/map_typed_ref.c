/* Elementwise operations on integers and bool, and comparisons: rows are opened to int64, in which one loop per operation
 * serves all types. Arithmetic modulo 2^64 is right modulo 2^n.
 * SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "kernels/map.h"
#include "kernels/ref/elems.h"

typedef void (*op_fn)(int64_t *y, const int64_t *pa, const int64_t *pb, const int64_t *pc, size_t n);

/* y = EXPR of a, b, c, which are T in 64 bits. */
#define OP(NAME, T, EXPR)                                                                                   \
    static void NAME(int64_t *y, const int64_t *pa, const int64_t *pb, const int64_t *pc, size_t n)         \
    {                                                                                                       \
        for (size_t i = 0; i < n; i++) {                                                                    \
            const T a = (T)pa[i], b = (T)pb[i], c = (T)pc[i];                                               \
            (void)a, (void)b, (void)c;                                                                      \
            y[i] = (int64_t)(EXPR);                                                                         \
        }                                                                                                   \
    }

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

static float as_f32(uint64_t v)
{
    const uint32_t bits = (uint32_t)v;
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

OP(copy, uint64_t, a)
OP(neg, uint64_t, 0 - a)
OP(add, uint64_t, a + b)
OP(sub, uint64_t, a - b)
OP(mul, uint64_t, a * b)
OP(equal, uint64_t, a == b)
OP(where, uint64_t, a ? b : c)

OP(abs_i, int64_t, a < 0 ? 0 - (uint64_t)a : (uint64_t)a)
OP(sign_i, int64_t, (a > 0) - (a < 0))
OP(relu_i, int64_t, a < 0 ? 0 : a)
OP(div_i, int64_t, divide_signed(a, b))
OP(mod_i, int64_t, mod_signed(a, b))
OP(fmod_i, int64_t, fmod_signed(a, b))
OP(pow_i, int64_t, power_signed(a, b))
OP(prelu_i, int64_t, a < 0 ? (uint64_t)a * (uint64_t)b : (uint64_t)a)
OP(sign_u, uint64_t, a > 0)
OP(div_u, uint64_t, divide_unsigned(a, b))
OP(mod_u, uint64_t, mod_unsigned(a, b))
OP(pow_u, uint64_t, power_unsigned(a, b))

#define ORDERED(S, T)                                                  \
    OP(min_##S, T, a < b ? a : b)                                      \
    OP(max_##S, T, a > b ? a : b)                                      \
    OP(clip_##S, T, (a < b ? b : a) > c ? c : (a < b ? b : a))         \
    OP(greater_##S, T, a > b)                                          \
    OP(greater_equal_##S, T, a >= b)                                   \
    OP(less_##S, T, a < b)                                             \
    OP(less_equal_##S, T, a <= b)
ORDERED(i, int64_t)
ORDERED(u, uint64_t)

OP(not_bool, uint64_t, !a)
OP(and_bool, uint64_t, a & b)
OP(or_bool, uint64_t, a | b)
OP(xor_bool, uint64_t, a ^ b)

OP(is_nan_f32, uint64_t, as_f32(a) != as_f32(a))
OP(equal_f32, uint64_t, as_f32(a) == as_f32(b))
OP(greater_f32, uint64_t, as_f32(a) > as_f32(b))
OP(greater_equal_f32, uint64_t, as_f32(a) >= as_f32(b))
OP(less_f32, uint64_t, as_f32(a) < as_f32(b))
OP(less_equal_f32, uint64_t, as_f32(a) <= as_f32(b))

/* ---- tables ---- */

#define COMPARISONS(S)                                                                                       \
    [OCT_MAP_GREATER] = greater_##S, [OCT_MAP_GREATER_EQUAL] = greater_equal_##S, [OCT_MAP_LESS] = less_##S, \
    [OCT_MAP_LESS_EQUAL] = less_equal_##S
#define ARITHMETIC(S)                                                                                           \
    [OCT_MAP_COPY] = copy, [OCT_MAP_NEG] = neg, [OCT_MAP_ADD] = add, [OCT_MAP_SUB] = sub, [OCT_MAP_MUL] = mul,   \
    [OCT_MAP_EQUAL] = equal, [OCT_MAP_WHERE] = where, COMPARISONS(S), [OCT_MAP_MIN] = min_##S,                   \
    [OCT_MAP_MAX] = max_##S, [OCT_MAP_CLIP] = clip_##S, [OCT_MAP_SIGN] = sign_##S, [OCT_MAP_DIV] = div_##S,      \
    [OCT_MAP_MOD] = mod_##S, [OCT_MAP_POW] = pow_##S

static const op_fn signed_ops[OCT_MAP_N_OPS] = {ARITHMETIC(i), [OCT_MAP_ABS] = abs_i, [OCT_MAP_RELU] = relu_i,
                                                [OCT_MAP_FMOD] = fmod_i, [OCT_MAP_PRELU] = prelu_i};
static const op_fn unsigned_ops[OCT_MAP_N_OPS] = {ARITHMETIC(u), [OCT_MAP_ABS] = copy, [OCT_MAP_RELU] = copy,
                                                  [OCT_MAP_FMOD] = mod_u, [OCT_MAP_PRELU] = copy};
static const op_fn f32_ops[OCT_MAP_N_OPS] = {[OCT_MAP_IS_NAN] = is_nan_f32, [OCT_MAP_EQUAL] = equal_f32, COMPARISONS(f32),
                                             [OCT_MAP_WHERE] = where};
static const op_fn other_float_ops[OCT_MAP_N_OPS] = {[OCT_MAP_COPY] = copy, [OCT_MAP_WHERE] = where};
static const op_fn bool_ops[OCT_MAP_N_OPS] = {[OCT_MAP_COPY] = copy, [OCT_MAP_NOT] = not_bool, [OCT_MAP_AND] = and_bool,
                                              [OCT_MAP_OR] = or_bool, [OCT_MAP_XOR] = xor_bool, [OCT_MAP_EQUAL] = equal,
                                              [OCT_MAP_WHERE] = where};

static const op_fn *ops_of(octet_dtype dtype)
{
    switch (dtype) {
    case OCTET_I8:
    case OCTET_I16:
    case OCTET_I32:
    case OCTET_I64: return signed_ops;
    case OCTET_U8:
    case OCTET_U16:
    case OCTET_U32:
    case OCTET_U64: return unsigned_ops;
    case OCTET_F32: return f32_ops;
    case OCTET_F64:
    case OCTET_F16:
    case OCTET_BF16: return other_float_ops;
    case OCTET_BOOL: return bool_ops;
    default: return NULL;
    }
}

/* What input k is opened as: bytes that are copied keep all their bits. */
static octet_dtype type_of_input(const oct_map_args *a, int k)
{
    if (a->op == OCT_MAP_WHERE && k == 1)
        return OCTET_BOOL;
    return a->dtype == OCTET_BOOL && (a->op == OCT_MAP_COPY || a->op == OCT_MAP_WHERE) ? OCTET_U8 : a->dtype;
}

static void run(const oct_map_args *a)
{
    const oct_tile *t = a->tile;
    const op_fn op = ops_of(a->dtype)[a->op];
    const int n_in = oct_map_n_inputs(a->op);
    const size_t size = oct_map_yields_bool(a->op) ? 1 : octet_dtype_size(a->dtype);
    int64_t in[3][OCT_ELEMS] = {{0}}, y[OCT_ELEMS];
    for (int64_t row = 0; row < (int64_t)t->rows; row++)
        for (size_t first = 0; first < t->n; first += OCT_ELEMS) {
            const size_t n = t->n - first < OCT_ELEMS ? t->n - first : OCT_ELEMS;
            for (int k = 1; k <= n_in; k++) {
                const octet_dtype type = type_of_input(a, k);
                const int64_t at = row * t->pitch[k] + (int64_t)first * t->stride[k];
                oct_elems_load(in[k - 1], (const char *)t->base[k] + at * (int64_t)octet_dtype_size(type), type, t->stride[k], n);
            }
            op(y, in[0], in[1], in[2], n);
            oct_elems_store((char *)t->base[0] + (row * t->pitch[0] + (int64_t)first) * (int64_t)size, size, y, n);
        }
}

oct_map_fn oct_map_typed_ref(oct_map_op op, octet_dtype dtype)
{
    const op_fn *ops = ops_of(dtype);
    return ops && ops[op] ? run : NULL;
}
