/* Stands before the compiler's <immintrin.h> when the avx512 kernels are built for a CPU without AVX-512: SIMDe defines
 * the 512-bit intrinsics through AVX2 and FMA, so the same source can be tested bit for bit on any AVX2 machine.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_EMULATE_IMMINTRIN_H
#define OCT_EMULATE_IMMINTRIN_H

#include_next <immintrin.h>
#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/x86/avx512.h>

/* What SIMDe lacks, or reads and writes beyond the mask. */
static inline simde__m512i oct_emulated_cvtps_epi32(simde__m512 v)
{
    simde__m512_private from = simde__m512_to_private(v);
    simde__m512i_private to;
    for (int i = 0; i < 2; i++)
        to.m256i[i] = _mm256_cvtps_epi32(from.m256[i]);
    return simde__m512i_from_private(to);
}

static inline simde__m512 oct_emulated_cvtepi32_ps(simde__m512i v)
{
    simde__m512i_private from = simde__m512i_to_private(v);
    simde__m512_private to;
    for (int i = 0; i < 2; i++)
        to.m256[i] = _mm256_cvtepi32_ps(from.m256i[i]);
    return simde__m512_from_private(to);
}

static inline simde__m512d oct_emulated_cvtps_pd(simde__m256 v)
{
    simde__m256_private from = simde__m256_to_private(v);
    simde__m512d_private to;
    for (int i = 0; i < 8; i++)
        to.f64[i] = (double)from.f32[i];
    return simde__m512d_from_private(to);
}

static inline simde__m512d oct_emulated_cvtepi64_pd(simde__m512i v)
{
    simde__m512i_private from = simde__m512i_to_private(v);
    simde__m512d_private to;
    for (int i = 0; i < 8; i++)
        to.f64[i] = (double)from.i64[i];
    return simde__m512d_from_private(to);
}

static inline simde__m256i oct_emulated_cvtpd_epi32(simde__m512d v)
{
    simde__m512d_private from = simde__m512d_to_private(v);
    const __m128i lo = _mm256_cvtpd_epi32(from.m256d[0]), hi = _mm256_cvtpd_epi32(from.m256d[1]);
    return _mm256_inserti128_si256(_mm256_castsi128_si256(lo), hi, 1);
}

static inline simde__m256i oct_emulated_cvtepi32_epi16(simde__m512i v)
{
    simde__m512i_private from = simde__m512i_to_private(v);
    simde__m256i_private to;
    for (int i = 0; i < 16; i++)
        to.i16[i] = (int16_t)from.i32[i];
    return simde__m256i_from_private(to);
}

static inline simde__m512i oct_emulated_cvtepi32_epi64(simde__m256i v)
{
    simde__m256i_private from = simde__m256i_to_private(v);
    simde__m512i_private to;
    for (int i = 0; i < 8; i++)
        to.i64[i] = from.i32[i];
    return simde__m512i_from_private(to);
}

static inline void oct_emulated_store(void *to, uint64_t mask, const void *v)
{
    for (int i = 0; i < 64; i++)
        if (mask >> i & 1) /* the bytes beyond it may not even exist */
            ((uint8_t *)to)[i] = ((const uint8_t *)v)[i];
}

static inline void oct_emulated_store_512(void *to, uint64_t mask, simde__m512i v)
{
    oct_emulated_store(to, mask, &v);
}

static inline void oct_emulated_store_256(void *to, uint64_t mask, simde__m256i v)
{
    oct_emulated_store(to, mask, &v);
}

static inline void oct_emulated_store_words(void *to, uint64_t mask, simde__m256i v)
{
    for (int i = 0; i < 16; i++)
        if (mask >> i & 1)
            oct_emulated_store((uint8_t *)to + 2 * i, 3, (const uint8_t *)&v + 2 * i);
}

static inline void oct_emulated_store_128(void *to, uint64_t mask, simde__m128i v)
{
    oct_emulated_store(to, mask, &v);
}

static inline simde__m512i oct_emulated_load_512(uint64_t mask, const void *from)
{
    simde__m512i v = simde_mm512_setzero_si512();
    oct_emulated_store(&v, mask, from);
    return v;
}

static inline simde__m256i oct_emulated_load_256(uint64_t mask, const void *from)
{
    simde__m256i v = simde_mm256_setzero_si256();
    oct_emulated_store(&v, mask, from);
    return v;
}

static inline simde__m128i oct_emulated_load_128(uint64_t mask, const void *from)
{
    simde__m128i v = simde_mm_setzero_si128();
    oct_emulated_store(&v, mask, from);
    return v;
}

#undef _mm512_mask_storeu_epi8
#undef _mm256_mask_storeu_epi8
#undef _mm_mask_storeu_epi8
#undef _mm512_maskz_loadu_epi8
#define _mm512_mask_storeu_epi8 oct_emulated_store_512
#define _mm256_mask_storeu_epi8 oct_emulated_store_256
#define _mm_mask_storeu_epi8 oct_emulated_store_128
#undef _mm256_maskz_loadu_epi8
#undef _mm_maskz_loadu_epi8
#define _mm256_maskz_loadu_epi8 oct_emulated_load_256
#define _mm_maskz_loadu_epi8 oct_emulated_load_128
#define _mm512_maskz_loadu_epi8 oct_emulated_load_512
#undef _mm256_mask_storeu_epi16
#define _mm256_mask_storeu_epi16 oct_emulated_store_words
#define _mm512_cvtepi32_epi16 oct_emulated_cvtepi32_epi16
#define _mm512_cvtepi32_epi64 oct_emulated_cvtepi32_epi64
#define _mm512_cvtps_pd oct_emulated_cvtps_pd
#define _mm512_cvtepi64_pd oct_emulated_cvtepi64_pd
#define _mm512_cvtpd_epi32 oct_emulated_cvtpd_epi32
#define _mm512_cvtps_epi32 oct_emulated_cvtps_epi32
#define _mm512_cvtepi32_ps oct_emulated_cvtepi32_ps

#endif
