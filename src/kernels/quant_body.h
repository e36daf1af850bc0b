/* Body of the quantizers, compiled once per level with LEVEL(name) = name_<level>. Each has one loop, which compilers vectorize,
 * over dense elements of one scale; what does not lie dense is copied to buffers first.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>

#include "base/compiler.h"
#include "kernels/quant.h"
#include "quant/requant.h"

#define BLOCK 256 /* elements */

typedef void (*loop_fn)(void *y, const void *x, float scale, const void *zero, int64_t n);

#define LOOP(NAME, TY, TX, TZ, ONE)                                                           \
    static void NAME(void *y_, const void *x_, float scale, const void *zero_, int64_t n)     \
    {                                                                                         \
        TY *restrict y = y_;                                                                  \
        const TX *restrict x = x_;                                                            \
        const TZ zero = *(const TZ *)zero_;                                                   \
        for (int64_t i = 0; i < n; i++)                                                       \
            y[i] = (TY)ONE(x[i]);                                                             \
    }
#define Q_U8(x) oct_requant((x) / scale, oct_qrange_make(0, 255, zero))
#define Q_I8(x) oct_requant((x) / scale, oct_qrange_make(-128, 127, zero))
#define Q_U16(x) oct_requant((x) / scale, oct_qrange_make(0, 65535, zero))
#define Q_I16(x) oct_requant((x) / scale, oct_qrange_make(-32768, 32767, zero))
#define D_NARROW(x) ((float)((x) - zero) * scale)
#define D_WIDE(x) ((float)((int64_t)(x) - zero) * scale)
LOOP(quantize_u8, uint8_t, float, uint8_t, Q_U8)
LOOP(quantize_i8, int8_t, float, int8_t, Q_I8)
LOOP(quantize_u16, uint16_t, float, uint16_t, Q_U16)
LOOP(quantize_i16, int16_t, float, int16_t, Q_I16)
LOOP(dequantize_u8, float, uint8_t, uint8_t, D_NARROW)
LOOP(dequantize_i8, float, int8_t, int8_t, D_NARROW)
LOOP(dequantize_u16, float, uint16_t, uint16_t, D_NARROW)
LOOP(dequantize_i16, float, int16_t, int16_t, D_NARROW)
LOOP(dequantize_i32, float, int32_t, int32_t, D_WIDE)

/* n elements of `size` bytes, `to_step` and `from_step` of them apart. */
static void copy_elems(void *to, int64_t to_step, const void *from, int64_t from_step, int32_t size, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        if (size == 1)
            ((uint8_t *)to)[i * to_step] = ((const uint8_t *)from)[i * from_step];
        else if (size == 2)
            ((uint16_t *)to)[i * to_step] = ((const uint16_t *)from)[i * from_step];
        else
            ((uint32_t *)to)[i * to_step] = ((const uint32_t *)from)[i * from_step];
}

typedef struct row_context {
    const oct_quant_args *a;
    loop_fn loop;
    int32_t y_size, x_size, zero_size; /* bytes of an element */
} row_context;

/* A dense row of one scale at once, others in blocks, of one element where each has its scale. */
static void run_row(void *context, const int64_t at[OCT_ND_MAX_ARRAYS], int64_t n)
{
    const row_context *c = context;
    const oct_nd *nd = &c->a->quant->nd;
    const int last = nd->rank - 1;
    const int64_t ys = nd->strides[0][last], xs = nd->strides[1][last], step = nd->strides[2][last];
    const bool dense = ys == 1 && xs == 1;
    const int64_t block = step != 0 ? 1 : dense ? n : BLOCK;
    float y_buffer[BLOCK], x_buffer[BLOCK];
    for (int64_t i = 0; i < n; i += block) {
        const int64_t m = oct_min64(block, n - i), s_at = at[2] + i * step;
        const char *x = (const char *)c->a->x + (at[1] + i * xs) * c->x_size;
        char *y = (char *)c->a->y + (at[0] + i * ys) * c->y_size;
        if (!dense)
            copy_elems(x_buffer, 1, x, xs, c->x_size, m);
        c->loop(dense ? (void *)y : y_buffer, dense ? (const void *)x : x_buffer, c->a->scale[s_at],
                (const char *)c->a->zero + s_at * c->zero_size, m);
        if (!dense)
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
