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

/* 8 bytes to int32, rounded. */
OCT_INLINE __m256i scale8(const uint8_t *x, __m256 a, __m256 b)
{
    const __m256 v = _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64((const void *)x)));
    return _mm256_cvtps_epi32(_mm256_fmadd_ps(v, a, b));
}

/* 32 bytes, the k-th eight of them with a[k % 3], b[k % 3]. */
OCT_INLINE __m256i scale32(const uint8_t *x, const __m256 a[3], const __m256 b[3], int k, __m256i zero, __m256i top)
{
    const __m256i low = _mm256_packs_epi32(scale8(x, a[k % 3], b[k % 3]), scale8(x + 8, a[(k + 1) % 3], b[(k + 1) % 3]));
    const __m256i high = _mm256_packs_epi32(scale8(x + 16, a[(k + 2) % 3], b[(k + 2) % 3]), scale8(x + 24, a[k % 3], b[k % 3]));
    const __m256i v = _mm256_packus_epi16(_mm256_adds_epi16(low, zero), _mm256_adds_epi16(high, zero));
    return _mm256_xor_si256(_mm256_permutevar8x32_epi32(v, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7)), top);
}

/* 32 pixels a turn. An int8 result is that for uint8 with the zero point 128 higher, and the top bit turned. */
static void scale3(uint8_t *y, const uint8_t *x, size_t n, const oct_pixel_scale3 *p)
{
    const __m256i zero = _mm256_set1_epi16((short)(p->zero - p->min)), top = _mm256_set1_epi8((char)(p->min ? 128 : 0));
    __m256 a[3], b[3];
    size_t i = 0;
    for (int k = 0; k < 3; k++) {
        const __m256i channel = _mm256_setr_epi32(8 * k % 3, (8 * k + 1) % 3, (8 * k + 2) % 3, (8 * k + 3) % 3, (8 * k + 4) % 3,
                                                  (8 * k + 5) % 3, (8 * k + 6) % 3, (8 * k + 7) % 3);
        a[k] = _mm256_permutevar8x32_ps(_mm256_setr_ps(p->a[0], p->a[1], p->a[2], 0, 0, 0, 0, 0), channel);
        b[k] = _mm256_permutevar8x32_ps(_mm256_setr_ps(p->b[0], p->b[1], p->b[2], 0, 0, 0, 0, 0), channel);
    }
    for (; i + 32 <= n; i += 32)
        for (int k = 0; k < 3; k++)
            _mm256_storeu_si256((void *)(y + 3 * i + 32 * k), scale32(x + 3 * i + 32 * k, a, b, k, zero, top));
    oct_pixels_ref.scale3(y + 3 * i, x + 3 * i, n - i, p);
}

const oct_pixels oct_pixels_avx2 = {widen, interleave3, drop4, &oct_yuv_avx2, scale3};
