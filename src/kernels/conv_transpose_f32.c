/* Transposed convolution: packing, cutting into items, ladder.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kernels/conv_transpose_f32.h"

#include <string.h>

#include "base/compiler.h"

size_t oct_conv_transpose_packed_size(const oct_conv_transpose_shape *s)
{
    size_t taps = (size_t)s->KH * (size_t)s->KW * (size_t)(s->C / s->G);
    return (size_t)s->G * oct_round_up((uint64_t)(s->OC / s->G), 8) * (1 + taps) * sizeof(float);
}

static float read_float(const void *p, size_t i)
{
    float v;
    memcpy(&v, (const char *)p + i * sizeof v, sizeof v);
    return v;
}

static float *pack_bias(float *dst, const oct_conv_transpose_shape *s, const void *bias)
{
    size_t OCG = (size_t)(s->OC / s->G), padded = oct_round_up(OCG, 8);
    for (size_t g = 0; g < (size_t)s->G; g++)
        for (size_t o = 0; o < padded; o++)
            *dst++ = bias && o < OCG ? read_float(bias, g * OCG + o) : 0.0f;
    return dst;
}

void oct_conv_transpose_pack(float *dst, const oct_conv_transpose_shape *s, const void *w, const void *bias)
{
    size_t ICG = (size_t)(s->C / s->G), OCG = (size_t)(s->OC / s->G), area = (size_t)s->KH * (size_t)s->KW;
    size_t padded = oct_round_up(OCG, 8);
    dst = pack_bias(dst, s, bias);
    for (size_t g = 0; g < (size_t)s->G; g++)
        for (size_t k = 0; k < area; k++)
            for (size_t i = 0; i < ICG; i++)
                for (size_t o = 0; o < padded; o++)
                    *dst++ = o < OCG ? read_float(w, ((g * ICG + i) * OCG + o) * area + k) : 0.0f;
}

size_t oct_conv_transpose_n_items(const oct_conv_transpose_shape *s)
{
    return (size_t)s->N * (size_t)s->OH;
}

oct_conv_transpose_fn oct_conv_transpose_select(oct_cpu_level level)
{
#if defined(__x86_64__)
    if (level >= OCT_CPU_AVX2)
        return oct_conv_transpose_f32_avx2;
#endif
    (void)level;
    return oct_conv_transpose_f32_ref;
}
