/* Pixels, level avx2. Planes become triples by three shuffles of each plane; the last n % 16 pixels go through ref.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef __AVX2__
#error "compile with -mavx2"
#endif
#include <immintrin.h>

#include "base/compiler.h"
#include "kernels/pixels.h"

#define NO -1 /* vpshufb writes 0 */

static void widen(float *y, const uint8_t *x, size_t n)
{
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        const __m128i v = _mm_loadu_si128((const void *)(x + i));
        _mm256_storeu_ps(y + i, _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(v)));
        _mm256_storeu_ps(y + i + 8, _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_srli_si128(v, 8))));
    }
    oct_pixels_ref.widen(y + i, x + i, n - i);
}

OCT_INLINE __m128i or3(__m128i a, __m128i b, __m128i c)
{
    return _mm_or_si128(a, _mm_or_si128(b, c));
}

/* 16 pixels, channels r, g, b -> bytes 0..15: r0 g0 b0 ... r5; 16..31: g5 b5 ... g10; 32..47: b10 r11 ... b15 */
static void interleave3(uint8_t *y, const uint8_t *const x[3], size_t n)
{
    const __m128i r0 = _mm_setr_epi8(0, NO, NO, 1, NO, NO, 2, NO, NO, 3, NO, NO, 4, NO, NO, 5);
    const __m128i g0 = _mm_setr_epi8(NO, 0, NO, NO, 1, NO, NO, 2, NO, NO, 3, NO, NO, 4, NO, NO);
    const __m128i b0 = _mm_setr_epi8(NO, NO, 0, NO, NO, 1, NO, NO, 2, NO, NO, 3, NO, NO, 4, NO);
    const __m128i r1 = _mm_setr_epi8(NO, NO, 6, NO, NO, 7, NO, NO, 8, NO, NO, 9, NO, NO, 10, NO);
    const __m128i g1 = _mm_setr_epi8(5, NO, NO, 6, NO, NO, 7, NO, NO, 8, NO, NO, 9, NO, NO, 10);
    const __m128i b1 = _mm_setr_epi8(NO, 5, NO, NO, 6, NO, NO, 7, NO, NO, 8, NO, NO, 9, NO, NO);
    const __m128i r2 = _mm_setr_epi8(NO, 11, NO, NO, 12, NO, NO, 13, NO, NO, 14, NO, NO, 15, NO, NO);
    const __m128i g2 = _mm_setr_epi8(NO, NO, 11, NO, NO, 12, NO, NO, 13, NO, NO, 14, NO, NO, 15, NO);
    const __m128i b2 = _mm_setr_epi8(10, NO, NO, 11, NO, NO, 12, NO, NO, 13, NO, NO, 14, NO, NO, 15);
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        const __m128i r = _mm_loadu_si128((const void *)(x[0] + i)), g = _mm_loadu_si128((const void *)(x[1] + i));
        const __m128i b = _mm_loadu_si128((const void *)(x[2] + i));
        uint8_t *to = y + 3 * i;
        _mm_storeu_si128((void *)to,
                         or3(_mm_shuffle_epi8(r, r0), _mm_shuffle_epi8(g, g0), _mm_shuffle_epi8(b, b0)));
        _mm_storeu_si128((void *)(to + 16),
                         or3(_mm_shuffle_epi8(r, r1), _mm_shuffle_epi8(g, g1), _mm_shuffle_epi8(b, b1)));
        _mm_storeu_si128((void *)(to + 32),
                         or3(_mm_shuffle_epi8(r, r2), _mm_shuffle_epi8(g, g2), _mm_shuffle_epi8(b, b2)));
    }
    const uint8_t *const rest[3] = {x[0] + i, x[1] + i, x[2] + i};
    oct_pixels_ref.interleave3(y + 3 * i, rest, n - i);
}

/* 4 pixels at a time; a store writes 16 bytes of which 4 are overwritten by the next, so the last ones go through ref. */
static void drop4(uint8_t *y, const uint8_t *x, size_t n)
{
    const __m128i keep = _mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, NO, NO, NO, NO);
    size_t i = 0;
    for (; i + 6 <= n; i += 4)
        _mm_storeu_si128((void *)(y + 3 * i), _mm_shuffle_epi8(_mm_loadu_si128((const void *)(x + 4 * i)), keep));
    oct_pixels_ref.drop4(y + 3 * i, x + 4 * i, n - i);
}

const oct_pixels oct_pixels_avx2 = {widen, interleave3, drop4, &oct_yuv_avx2};
