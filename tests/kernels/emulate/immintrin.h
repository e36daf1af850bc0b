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
#define _mm512_cvtps_epi32 oct_emulated_cvtps_epi32
#define _mm512_cvtepi32_ps oct_emulated_cvtepi32_ps

#endif
