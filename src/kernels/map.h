/* map.h: elementwise functions y = f(a, b, ...) over the tiles of a loop nest. Called by providers/float for the
 * elementwise operators, the last step of normalizations and Clip. Operand 0 of a tile is y, then a, b, c, d, e.
 *
 * y may be the same memory as an input if both have the same strides. y has stride 1 or rows of one element.
 * Same bits at all levels (a NaN stays a NaN; its payload is not defined). Transcendental functions: math_f32.h.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_MAP_H
#define OCT_MAP_H

#include <stdbool.h>
#include <stdint.h>

#include <octet/octet.h>

#include "base/cpu.h"
#include "kernels/nest.h"

/* "inputs" is their number; float32 unless noted, * also integers of all widths (arithmetic modulo 2^n). */
typedef enum oct_map_op {
    /* one input */
    OCT_MAP_COPY,             /* * a, bool too */
    OCT_MAP_ABS,              /* * the most negative integer stays */
    OCT_MAP_NEG,              /* * */
    OCT_MAP_SIGN,             /* * -1, 0, 1; NaN stays */
    OCT_MAP_RELU,             /* * a < 0 ? 0 : a   (relu(-0) = -0, NaN stays) */
    OCT_MAP_LEAKY_RELU,       /* a < 0 ? alpha*a : a */
    OCT_MAP_THRESHOLDED_RELU, /* a > alpha ? a : 0 */
    OCT_MAP_HARD_SIGMOID,     /* alpha*a + beta, two roundings, clamped to 0..1; NaN stays */
    OCT_MAP_HARD_SWISH,       /* a * hard_sigmoid(a) with alpha = float(1/6), beta = 0.5 */
    OCT_MAP_SIGMOID,
    OCT_MAP_TANH,
    OCT_MAP_EXP,
    OCT_MAP_LOG,
    OCT_MAP_ERF,
    OCT_MAP_GELU,
    OCT_MAP_GELU_TANH,
    OCT_MAP_SOFTPLUS,
    OCT_MAP_SOFTSIGN,         /* a / (1 + |a|) */
    OCT_MAP_MISH,
    OCT_MAP_ELU,              /* alpha */
    OCT_MAP_SELU,             /* beta * (a > 0 ? a : alpha*(e^a - 1)), one rounding */
    OCT_MAP_CELU,             /* alpha */
    OCT_MAP_SQRT,             /* correctly rounded; sqrt(-0) = -0, of negative numbers NaN */
    OCT_MAP_RECIPROCAL,       /* 1 / a */
    OCT_MAP_FLOOR,
    OCT_MAP_CEIL,
    OCT_MAP_ROUND,            /* half to even */
    OCT_MAP_INVERSE_DEVIATION,/* 1 / sqrt(a + alpha), three roundings */
    OCT_MAP_NOT,              /* bool only */
    OCT_MAP_IS_NAN,           /* bool from float32 */
    /* two inputs */
    OCT_MAP_ADD,              /* * */
    OCT_MAP_SUB,              /* * */
    OCT_MAP_MUL,              /* * */
    OCT_MAP_DIV,              /* * integers: truncated; x/0 = 0; the most negative number / -1 stays */
    OCT_MAP_DIV_OR_ZERO,      /* b != 0 ? a / b : 0 */
    OCT_MAP_MIN,              /* * a < b || isnan(a) ? a : b, so a NaN wins, and b between zeros */
    OCT_MAP_MAX,              /* * a > b || isnan(a) ? a : b */
    OCT_MAP_POW,              /* * integers: modulo 2^n; with b < 0: 1 for a = 1, +-1 for a = -1, else 0 */
    OCT_MAP_MOD,              /* * sign of b (Python's %); x % 0 = 0 for integers, NaN for float32 */
    OCT_MAP_FMOD,             /* * sign of a (C's % and fmod) */
    OCT_MAP_PRELU,            /* * a < 0 ? b*a : a */
    OCT_MAP_EQUAL,            /* * bool from any type; comparisons with a NaN are false */
    OCT_MAP_GREATER,          /* * */
    OCT_MAP_GREATER_EQUAL,    /* * */
    OCT_MAP_LESS,             /* * */
    OCT_MAP_LESS_EQUAL,       /* * */
    OCT_MAP_AND,              /* bool only, also OR, XOR */
    OCT_MAP_OR,
    OCT_MAP_XOR,
    /* three and more */
    OCT_MAP_CLIP,             /* * v = a < b ? b : a;  v > c ? c : v   (a NaN stays; c wins if b > c) */
    OCT_MAP_WHERE,            /* * a ? b : c with bool a; b, c and y of any type: goes by width */
    OCT_MAP_NORMALIZE,        /* ((a - b) * c) * d + e: x, mean, 1/deviation, scale, bias */
    OCT_MAP_N_OPS
} oct_map_op;

typedef struct oct_map_args {
    const oct_tile *tile;
    float alpha, beta;
    oct_map_op op;     /* those of the kernel, which one function may be for many of */
    octet_dtype dtype;
} oct_map_args;

typedef void (*oct_map_fn)(const oct_map_args *a);

/* Inputs of an operation, 1..5. */
int oct_map_n_inputs(oct_map_op op);

/* Whether the result is a bool, whatever the inputs are. */
bool oct_map_yields_bool(oct_map_op op);

/* The kernel for inputs of this type (WHERE: of b and c); NULL if the operation is not defined for it. The result is of
 * the same type, but for comparisons and IS_NAN. */
oct_map_fn oct_map_select(oct_cpu_level level, oct_map_op op, octet_dtype dtype);

/* ---- per level ---- */

extern const oct_map_fn oct_map_f32_ref[OCT_MAP_N_OPS], oct_map_f32_avx2[OCT_MAP_N_OPS]; /* NULL: not here */
/* Bool, the integers, and for float32 what yields bool. */
oct_map_fn oct_map_typed_ref(oct_map_op op, octet_dtype dtype);

#endif
