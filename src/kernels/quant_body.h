/* Body of the quantizers, compiled once per level with LEVEL(name) = name_<level>: loops that compilers vectorize.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/compiler.h"
#include "kernels/quant.h"
#include "quant/requant.h"

/* Strides of the last axis: y, x, scale and zero. */
typedef struct strides {
    int64_t y, x, s;
} strides;

static strides last_strides(const oct_nd *nd)
{
    int last = nd->rank - 1;
    return (strides){nd->strides[0][last], nd->strides[1][last], nd->strides[2][last]};
}

/* ONE(yi, xi, si) over a row: with one scale for all, with a dense scale per element, with any strides. */
#define OVER_ROW(ONE)                           \
    if (st.y == 1 && st.x == 1 && st.s == 0)    \
        for (int64_t i = 0; i < n; i++)         \
            ONE(i, i, 0);                       \
    else if (st.y == 1 && st.x == 1 && st.s == 1) \
        for (int64_t i = 0; i < n; i++)         \
            ONE(i, i, i);                       \
    else                                        \
        for (int64_t i = 0; i < n; i++)         \
            ONE(i * st.y, i * st.x, i * st.s)

/* The row function of one pair of types. */
#define ROW(NAME, TY, TX, TZ, ONE)                                                                      \
    static void NAME##_loop(TY *restrict y, const TX *restrict x, const float *restrict scale,          \
                            const TZ *restrict zero, int64_t n, strides st)                             \
    {                                                                                                   \
        OVER_ROW(ONE);                                                                                  \
    }                                                                                                   \
    static void NAME(void *context, const int64_t at[OCT_ND_MAX_ARRAYS], int64_t n)                     \
    {                                                                                                   \
        const oct_quant_args *a = context;                                                              \
        NAME##_loop((TY *)a->y + at[0], (const TX *)a->x + at[1], a->scale + at[2], (const TZ *)a->zero + at[2], n, \
                    last_strides(&a->quant->nd));                                                       \
    }

#define Q_U8(yi, xi, si) y[yi] = (uint8_t)oct_requant(x[xi] / scale[si], oct_qrange_make(0, 255, zero[si]))
#define Q_I8(yi, xi, si) y[yi] = (int8_t)oct_requant(x[xi] / scale[si], oct_qrange_make(-128, 127, zero[si]))
#define Q_U16(yi, xi, si) y[yi] = (uint16_t)oct_requant(x[xi] / scale[si], oct_qrange_make(0, 65535, zero[si]))
#define Q_I16(yi, xi, si) y[yi] = (int16_t)oct_requant(x[xi] / scale[si], oct_qrange_make(-32768, 32767, zero[si]))
ROW(quantize_u8, uint8_t, float, uint8_t, Q_U8)
ROW(quantize_i8, int8_t, float, int8_t, Q_I8)
ROW(quantize_u16, uint16_t, float, uint16_t, Q_U16)
ROW(quantize_i16, int16_t, float, int16_t, Q_I16)

#define D_NARROW(yi, xi, si) y[yi] = (float)((int32_t)x[xi] - zero[si]) * scale[si]
#define D_WIDE(yi, xi, si) y[yi] = (float)((int64_t)x[xi] - zero[si]) * scale[si]
ROW(dequantize_u8, float, uint8_t, uint8_t, D_NARROW)
ROW(dequantize_i8, float, int8_t, int8_t, D_NARROW)
ROW(dequantize_u16, float, uint16_t, uint16_t, D_NARROW)
ROW(dequantize_i16, float, int16_t, int16_t, D_NARROW)
ROW(dequantize_i32, float, int32_t, int32_t, D_WIDE)

static void run(const oct_quant_args *a, size_t item, oct_nd_row row)
{
    oct_quant_args copy = *a;
    oct_nd_run(&a->quant->nd, &a->quant->cut, item, row, &copy);
}

void LEVEL(oct_quantize)(const oct_quant_args *a, size_t item)
{
    switch (a->quant->integer) {
    case OCTET_U8: run(a, item, quantize_u8); break;
    case OCTET_I8: run(a, item, quantize_i8); break;
    case OCTET_U16: run(a, item, quantize_u16); break;
    default: run(a, item, quantize_i16); break;
    }
}

void LEVEL(oct_dequantize)(const oct_quant_args *a, size_t item)
{
    switch (a->quant->integer) {
    case OCTET_U8: run(a, item, dequantize_u8); break;
    case OCTET_I8: run(a, item, dequantize_i8); break;
    case OCTET_U16: run(a, item, dequantize_u16); break;
    case OCTET_I16: run(a, item, dequantize_i16); break;
    default: run(a, item, dequantize_i32); break;
    }
}
