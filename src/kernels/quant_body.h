/* Body of the quantizers, compiled once per level with LEVEL(name) = name_<level>. Each has one loop, which compilers vectorize,
 * over a block in which everything lies dense; what does not is copied to buffers first.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/compiler.h"
#include "kernels/quant.h"
#include "quant/requant.h"

#define BLOCK 256 /* elements */

typedef void (*block_fn)(void *y, const void *x, const float *scale, const void *zero, int32_t n);

#define LOOP(NAME, TY, TX, TZ, EXPR)                                                                        \
    static void NAME(void *y_, const void *x_, const float *restrict scale, const void *zero_, int32_t n)   \
    {                                                                                                       \
        TY *restrict y = y_;                                                                                \
        const TX *restrict x = x_;                                                                          \
        const TZ *restrict zero = zero_;                                                                    \
        for (int32_t i = 0; i < n; i++)                                                                     \
            y[i] = (TY)(EXPR);                                                                              \
    }
LOOP(quantize_u8, uint8_t, float, uint8_t, oct_requant(x[i] / scale[i], oct_qrange_make(0, 255, zero[i])))
LOOP(quantize_i8, int8_t, float, int8_t, oct_requant(x[i] / scale[i], oct_qrange_make(-128, 127, zero[i])))
LOOP(quantize_u16, uint16_t, float, uint16_t, oct_requant(x[i] / scale[i], oct_qrange_make(0, 65535, zero[i])))
LOOP(quantize_i16, int16_t, float, int16_t, oct_requant(x[i] / scale[i], oct_qrange_make(-32768, 32767, zero[i])))
LOOP(dequantize_u8, float, uint8_t, uint8_t, (float)(x[i] - zero[i]) * scale[i])
LOOP(dequantize_i8, float, int8_t, int8_t, (float)(x[i] - zero[i]) * scale[i])
LOOP(dequantize_u16, float, uint16_t, uint16_t, (float)(x[i] - zero[i]) * scale[i])
LOOP(dequantize_i16, float, int16_t, int16_t, (float)(x[i] - zero[i]) * scale[i])
LOOP(dequantize_i32, float, int32_t, int32_t, (float)((int64_t)x[i] - zero[i]) * scale[i])

/* n elements of `size` bytes, `to_step` and `from_step` of them apart. */
static void copy_elems(void *to, int64_t to_step, const void *from, int64_t from_step, int32_t size, int32_t n)
{
    for (int32_t i = 0; i < n; i++)
        if (size == 1)
            ((uint8_t *)to)[i * to_step] = ((const uint8_t *)from)[i * from_step];
        else if (size == 2)
            ((uint16_t *)to)[i * to_step] = ((const uint16_t *)from)[i * from_step];
        else
            ((uint32_t *)to)[i * to_step] = ((const uint32_t *)from)[i * from_step];
}

/* The elements at p + at, `step` apart, or a dense copy of them in `buffer`. */
static const void *open_elems(void *buffer, const void *p, int64_t at, int64_t step, int32_t size, int32_t n)
{
    const char *from = (const char *)p + at * size;
    if (step == 1)
        return from;
    copy_elems(buffer, 1, from, step, size, n);
    return buffer;
}

typedef struct row_context {
    const oct_quant_args *a;
    block_fn fn;
    int32_t y_size, x_size, zero_size; /* bytes of an element */
} row_context;

static void run_row(void *context, const int64_t at[OCT_ND_MAX_ARRAYS], int64_t n)
{
    const row_context *c = context;
    const oct_nd *nd = &c->a->quant->nd;
    const int last = nd->rank - 1;
    const int64_t ys = nd->strides[0][last], xs = nd->strides[1][last], step = nd->strides[2][last];
    float y_buffer[BLOCK], x_buffer[BLOCK], scales[BLOCK];
    int32_t zeros[BLOCK];
    const void *scale = NULL, *zero = NULL;
    for (int64_t i = 0; i < n; i += BLOCK) {
        const int32_t m = (int32_t)oct_min64(BLOCK, n - i);
        const void *x = open_elems(x_buffer, c->a->x, at[1] + i * xs, xs, c->x_size, m);
        char *y = (char *)c->a->y + (at[0] + i * ys) * c->y_size;
        if (i == 0 || step != 0) {
            scale = open_elems(scales, c->a->scale, at[2] + i * step, step, sizeof(float), m);
            zero = open_elems(zeros, c->a->zero, at[2] + i * step, step, c->zero_size, m);
        }
        c->fn(ys == 1 ? (void *)y : y_buffer, x, scale, zero, m);
        if (ys != 1)
            copy_elems(y, ys, y_buffer, 1, c->y_size, m);
    }
}

static void run(row_context c, size_t item)
{
    oct_nd_run(&c.a->quant->nd, &c.a->quant->cut, item, run_row, &c);
}

void LEVEL(oct_quantize)(const oct_quant_args *a, size_t item)
{
    switch (a->quant->integer) {
    case OCTET_U8: run((row_context){a, quantize_u8, 1, 4, 1}, item); break;
    case OCTET_I8: run((row_context){a, quantize_i8, 1, 4, 1}, item); break;
    case OCTET_U16: run((row_context){a, quantize_u16, 2, 4, 2}, item); break;
    default: run((row_context){a, quantize_i16, 2, 4, 2}, item); break;
    }
}

void LEVEL(oct_dequantize)(const oct_quant_args *a, size_t item)
{
    switch (a->quant->integer) {
    case OCTET_U8: run((row_context){a, dequantize_u8, 4, 1, 1}, item); break;
    case OCTET_I8: run((row_context){a, dequantize_i8, 4, 1, 1}, item); break;
    case OCTET_U16: run((row_context){a, dequantize_u16, 4, 2, 2}, item); break;
    case OCTET_I16: run((row_context){a, dequantize_i16, 4, 2, 2}, item); break;
    default: run((row_context){a, dequantize_i32, 4, 4, 4}, item); break;
    }
}
