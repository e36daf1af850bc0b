/* Quantizers: preparation, ladder, dynamic scale.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kernels/quant.h"

#include "quant/requant.h"

#define ITEM_ELEMS (16 * 1024)

void oct_quant_init(oct_quant *q, octet_dtype integer)
{
    q->integer = (int32_t)integer;
    q->nd.n_arrays = 3;
    oct_nd_normalize(&q->nd);
    q->cut = oct_nd_make_cut(&q->nd, ITEM_ELEMS);
}

oct_quant_fn oct_quantize_select(oct_cpu_level level)
{
#if defined(__x86_64__)
    if (level >= OCT_CPU_AVX2)
        return oct_quantize_avx2;
#endif
    (void)level;
    return oct_quantize_ref;
}

oct_quant_fn oct_dequantize_select(oct_cpu_level level)
{
#if defined(__x86_64__)
    if (level >= OCT_CPU_AVX2)
        return oct_dequantize_avx2;
#endif
    (void)level;
    return oct_dequantize_ref;
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
