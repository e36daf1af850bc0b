/* Quantizers: what surrounds the loops of a level, ladder, dynamic scale. What does not lie dense is copied to buffers first.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kernels/quant.h"

#include <stdbool.h>

#include "base/compiler.h"
#include "kernels/quant_loops.h"

#define ITEM_ELEMS (16 * 1024)
#define BLOCK 256 /* elements */

void oct_quant_init(oct_quant *q, octet_dtype integer)
{
    q->integer = (int32_t)integer;
    q->nd.n_arrays = 3;
    oct_nd_normalize(&q->nd);
    q->cut = oct_nd_make_cut(&q->nd, ITEM_ELEMS);
}

/* The zero point is number `at` of its array. */
static oct_quant_scaling get_scaling(octet_dtype integer, float scale, const void *zero, int64_t at)
{
    const uint8_t *bytes = zero;
    const uint16_t *words = zero;
    switch (integer) {
    case OCTET_U8: return (oct_quant_scaling){scale, oct_qrange_make(0, 255, bytes[at]), 0, bytes[at]};
    case OCTET_I8:
        return (oct_quant_scaling){scale, oct_qrange_make(-128, 127, (int8_t)bytes[at]), 128, (int8_t)bytes[at] + 128};
    case OCTET_U16: return (oct_quant_scaling){scale, oct_qrange_make(0, 65535, words[at]), 0, words[at]};
    case OCTET_I16:
        return (oct_quant_scaling){scale, oct_qrange_make(-32768, 32767, (int16_t)words[at]), 0x8000, (int16_t)words[at] + 0x8000};
    default: return (oct_quant_scaling){scale, {0, 0, 0}, 0, ((const int32_t *)zero)[at]};
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
    oct_quant_loop loop;
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
        const oct_quant_scaling s = get_scaling((octet_dtype)c->a->quant->integer, c->a->scale[s_at], c->a->zero, s_at);
        c->loop(dense ? (void *)y : y_buffer, dense ? (const void *)x : x_buffer, &s, m);
        if (!dense)
            copy_elems(y, ys, y_buffer, 1, c->y_size, m);
    }
}

static void run(row_context c, size_t item)
{
    oct_nd_run(&c.a->quant->nd, &c.a->quant->cut, item, run_row, &c);
}

static void quantize(const oct_quant_args *a, size_t item, const oct_quant_loops *l)
{
    if (octet_dtype_size((octet_dtype)a->quant->integer) == 1)
        run((row_context){a, l->quantize_bytes, 1, 4}, item);
    else
        run((row_context){a, l->quantize_words, 2, 4}, item);
}

static void dequantize(const oct_quant_args *a, size_t item, const oct_quant_loops *l)
{
    switch (octet_dtype_size((octet_dtype)a->quant->integer)) {
    case 1: run((row_context){a, l->dequantize_bytes, 4, 1}, item); break;
    case 2: run((row_context){a, l->dequantize_words, 4, 2}, item); break;
    default: run((row_context){a, l->dequantize_i32, 4, 4}, item); break;
    }
}

#define AT_LEVEL(NAME, LEVEL) \
    static void NAME##_##LEVEL(const oct_quant_args *a, size_t item) { NAME(a, item, &oct_quant_##LEVEL); }
AT_LEVEL(quantize, ref)
AT_LEVEL(dequantize, ref)
#if defined(__x86_64__)
AT_LEVEL(quantize, avx2)
AT_LEVEL(dequantize, avx2)
#endif

oct_quant_fn oct_quantize_select(oct_cpu_level level)
{
#if defined(__x86_64__)
    if (level >= OCT_CPU_AVX2)
        return quantize_avx2;
#endif
    (void)level;
    return quantize_ref;
}

oct_quant_fn oct_dequantize_select(oct_cpu_level level)
{
#if defined(__x86_64__)
    if (level >= OCT_CPU_AVX2)
        return dequantize_avx2;
#endif
    (void)level;
    return dequantize_ref;
}

/* Sixteen running extremes, so that the loop is one of vectors; the order of comparisons does not change them. */
void oct_range_f32(const float *x, size_t n, float *min, float *max)
{
    float lo[16] = {0}, hi[16] = {0};
    size_t i = 0;
    for (; i + 16 <= n; i += 16)
        for (size_t j = 0; j < 16; j++) {
            lo[j] = x[i + j] < lo[j] ? x[i + j] : lo[j];
            hi[j] = x[i + j] > hi[j] ? x[i + j] : hi[j];
        }
    for (; i < n; i++) {
        lo[0] = x[i] < lo[0] ? x[i] : lo[0];
        hi[0] = x[i] > hi[0] ? x[i] : hi[0];
    }
    for (size_t j = 1; j < 16; j++) {
        lo[0] = lo[j] < lo[0] ? lo[j] : lo[0];
        hi[0] = hi[j] > hi[0] ? hi[j] : hi[0];
    }
    *min = lo[0];
    *max = hi[0];
}

void oct_dynamic_scale(float min, float max, float *scale, uint8_t *zero)
{
    float s = (max - min) / 255.0f;
    *scale = max == min ? 1.0f : s;
    *zero = (uint8_t)oct_requant((0.0f - min) / *scale, oct_qrange_make(0, 255, 0));
}
