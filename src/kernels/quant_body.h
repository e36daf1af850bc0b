/* Loops of the quantizers, which compilers vectorize; compiled once per level, which defines LOOPS, the name of its record.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kernels/quant_loops.h"

#define LOOP(NAME, TY, TX, ONE)                                                               \
    static void NAME(void *y_, const void *x_, const oct_quant_scaling *s_, int64_t n)            \
    {                                                                                         \
        TY *restrict y = y_;                                                                  \
        const TX *restrict x = x_;                                                            \
        const oct_quant_scaling s = *s_;                                                          \
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

const oct_quant_loops LOOPS = {quantize_bytes, quantize_words, dequantize_bytes, dequantize_words, dequantize_i32};
