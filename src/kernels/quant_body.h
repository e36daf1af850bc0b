/* Body of the quantizers, compiled once per level with LEVEL(name) = name_<level>. Each has one loop, which compilers vectorize,
 * over dense elements of one scale; what does not lie dense is copied to buffers first.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>

#include "base/compiler.h"
#include "kernels/quant.h"
#include "quant/requant.h"

#define BLOCK 256 /* elements */

/* Integers of one scale: their range, and how those of one byte or word are made of it: (x ^ flip) - less, less the zero
 * point. */
typedef struct scaling {
    float scale;
    oct_qrange range;
    uint16_t flip;
    int32_t less;
} scaling;

typedef void (*loop_fn)(void *y, const void *x, const scaling *s, int64_t n);

#define LOOP(NAME, TY, TX, ONE)                                                               \
    static void NAME(void *y_, const void *x_, const scaling *scaling_, int64_t n)            \
    {                                                                                         \
        TY *restrict y = y_;                                                                  \
        const TX *restrict x = x_;                                                            \
        const scaling s = *scaling_;                                                          \
        for (int64_t i = 0; i < n; i++)                                                       \
            y[i] = (TY)ONE(x[i]);                                                             \
    }
#define QUANTIZE(x) oct_requant((x) / s.scale, s.range)
#define DEQUANTIZE(x) ((float)(((x) ^ s.flip) - s.less) * s.scale)
#define DEQUANTIZE_WIDE(x) ((float)((int64_t)(x) - s.less) * s.scale)
LOOP(quantize_bytes, uint8_t, float, QUANTIZE)
LOOP(quantize_words, uint16_t, float, QUANTIZE)
LOOP(dequantize_bytes, float, uint8_t, DEQUANTIZE)
LOOP(dequantize_words, float, uint16_t, DEQUANTIZE)
LOOP(dequantize_i32, float, int32_t, DEQUANTIZE_WIDE)

/* The zero point is number `at` of its array. */
static scaling get_scaling(octet_dtype integer, float scale, const void *zero, int64_t at)
{
    const uint8_t *bytes = zero;
    const uint16_t *words = zero;
    switch (integer) {
    case OCTET_U8: return (scaling){scale, oct_qrange_make(0, 255, bytes[at]), 0, bytes[at]};
    case OCTET_I8: return (scaling){scale, oct_qrange_make(-128, 127, (int8_t)bytes[at]), 128, (int8_t)bytes[at] + 128};
    case OCTET_U16: return (scaling){scale, oct_qrange_make(0, 65535, words[at]), 0, words[at]};
    case OCTET_I16:
        return (scaling){scale, oct_qrange_make(-32768, 32767, (int16_t)words[at]), 0x8000, (int16_t)words[at] + 0x8000};
    default: return (scaling){scale, {0, 0, 0}, 0, ((const int32_t *)zero)[at]};
    }
}

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
    int32_t y_size, x_size; /* bytes of an element */
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
        const scaling s = get_scaling((octet_dtype)c->a->quant->integer, c->a->scale[s_at], c->a->zero, s_at);
        c->loop(dense ? (void *)y : y_buffer, dense ? (const void *)x : x_buffer, &s, m);
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
    if (octet_dtype_size((octet_dtype)a->quant->integer) == 1)
        run((row_context){a, quantize_bytes, 1, 4}, item);
    else
        run((row_context){a, quantize_words, 2, 4}, item);
}

void LEVEL(oct_dequantize)(const oct_quant_args *a, size_t item)
{
    switch (octet_dtype_size((octet_dtype)a->quant->integer)) {
    case 1: run((row_context){a, dequantize_bytes, 4, 1}, item); break;
    case 2: run((row_context){a, dequantize_words, 4, 2}, item); break;
    default: run((row_context){a, dequantize_i32, 4, 4}, item); break;
    }
}
