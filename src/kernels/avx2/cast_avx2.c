/* Casts between float32 and the half formats, 8 at a time; what does not lie dense goes to ref.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef __AVX2__
#error "cast_avx2.c is compiled for AVX2"
#endif

#include <immintrin.h>

#include "base/half.h"
#include "kernels/cast.h"

/* VCVTPS2PH and VCVTPH2PS are what base/half.h reproduces. */
static __m128i f16_from_f32(__m256 v)
{
    return _mm256_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

static __m256 f32_from_f16(__m128i v)
{
    return _mm256_cvtph_ps(v);
}

/* Upper halves of 8 numbers below 2^16 each, as 8 x 16 bits in order. */
static __m128i narrow(__m256i v)
{
    return _mm_packus_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
}

/* Adding 0x7fff, and 1 more where the last kept bit is odd, rounds half to even; a NaN becomes quiet instead. */
static __m128i bf16_from_f32(__m256 v)
{
    __m256i bits = _mm256_castps_si256(v), high = _mm256_srli_epi32(bits, 16);
    __m256i odd = _mm256_and_si256(high, _mm256_set1_epi32(1));
    __m256i rounded = _mm256_add_epi32(bits, _mm256_add_epi32(odd, _mm256_set1_epi32(0x7fff)));
    __m256i quiet = _mm256_or_si256(high, _mm256_set1_epi32(0x40));
    __m256i nan = _mm256_castps_si256(_mm256_cmp_ps(v, v, _CMP_UNORD_Q));
    return narrow(_mm256_blendv_epi8(_mm256_srli_epi32(rounded, 16), quiet, nan));
}

static __m256 f32_from_bf16(__m128i v)
{
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(v), 16));
}

#define TO_HALF(HALF)                                                                                        \
    static void f32_to_##HALF(const oct_tile *t, octet_dtype from, octet_dtype to)                           \
    {                                                                                                        \
        if (t->stride[1] != 1) {                                                                             \
            oct_cast_ref(from, to)(t, from, to);                                                             \
            return;                                                                                          \
        }                                                                                                    \
        for (int64_t i = 0; i < (int64_t)t->rows; i++) {                                                     \
            const float *x = (const float *)t->base[1] + i * t->pitch[1];                                    \
            uint16_t *y = (uint16_t *)t->base[0] + i * t->pitch[0];                                          \
            size_t j = 0;                                                                                    \
            for (; j + 8 <= t->n; j += 8)                                                                    \
                _mm_storeu_si128((__m128i *)(void *)(y + j), HALF##_from_f32(_mm256_loadu_ps(x + j)));       \
            for (; j < t->n; j++)                                                                            \
                y[j] = oct_##HALF##_from_f32(x[j]);                                                          \
        }                                                                                                    \
    }
#define FROM_HALF(HALF)                                                                                      \
    static void HALF##_to_f32(const oct_tile *t, octet_dtype from, octet_dtype to)                           \
    {                                                                                                        \
        if (t->stride[1] != 1) {                                                                             \
            oct_cast_ref(from, to)(t, from, to);                                                             \
            return;                                                                                          \
        }                                                                                                    \
        for (int64_t i = 0; i < (int64_t)t->rows; i++) {                                                     \
            const uint16_t *x = (const uint16_t *)t->base[1] + i * t->pitch[1];                              \
            float *y = (float *)t->base[0] + i * t->pitch[0];                                                \
            size_t j = 0;                                                                                    \
            for (; j + 8 <= t->n; j += 8)                                                                    \
                _mm256_storeu_ps(y + j, f32_from_##HALF(_mm_loadu_si128((const __m128i *)(const void *)(x + j)))); \
            for (; j < t->n; j++)                                                                            \
                y[j] = oct_f32_from_##HALF(x[j]);                                                            \
        }                                                                                                    \
    }

TO_HALF(f16)
TO_HALF(bf16)
FROM_HALF(f16)
FROM_HALF(bf16)

oct_cast_fn oct_cast_avx2(octet_dtype from, octet_dtype to)
{
    if (from == OCTET_F32 && to == OCTET_F16)
        return f32_to_f16;
    if (from == OCTET_F32 && to == OCTET_BF16)
        return f32_to_bf16;
    if (from == OCTET_F16 && to == OCTET_F32)
        return f16_to_f32;
    if (from == OCTET_BF16 && to == OCTET_F32)
        return bf16_to_f32;
    return oct_cast_ref(from, to);
}
