/* AVX2 of the per-pixel kernels. RGB comes in threes of 16 bytes, 16 pixels:
 *     a: r0 g0 b0 r1 ... r5     b: g5 b5 r6 ... g10     c: b10 r11 ... b15
 * The last n % 16 pixels go through plain C.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef __AVX2__
#error "compile with -mavx2"
#endif
#include "image/pixel_kernels.h"

#include <immintrin.h>
#include <string.h>

#include "base/compiler.h"

#define NO -1 /* vpshufb writes 0 */

typedef struct planes {
    __m128i r, g, b; /* 16 bytes each */
} planes;

OCT_INLINE __m128i or3(__m128i a, __m128i b, __m128i c)
{
    return _mm_or_si128(a, _mm_or_si128(b, c));
}

OCT_INLINE planes load_planes(const uint8_t *p)
{
    const __m128i ra = _mm_setr_epi8(0, 3, 6, 9, 12, 15, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO);
    const __m128i rb = _mm_setr_epi8(NO, NO, NO, NO, NO, NO, 2, 5, 8, 11, 14, NO, NO, NO, NO, NO);
    const __m128i rc = _mm_setr_epi8(NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, 1, 4, 7, 10, 13);
    const __m128i ga = _mm_setr_epi8(1, 4, 7, 10, 13, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO);
    const __m128i gb = _mm_setr_epi8(NO, NO, NO, NO, NO, 0, 3, 6, 9, 12, 15, NO, NO, NO, NO, NO);
    const __m128i gc = _mm_setr_epi8(NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, 2, 5, 8, 11, 14);
    const __m128i ba = _mm_setr_epi8(2, 5, 8, 11, 14, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO);
    const __m128i bb = _mm_setr_epi8(NO, NO, NO, NO, NO, 1, 4, 7, 10, 13, NO, NO, NO, NO, NO, NO);
    const __m128i bc = _mm_setr_epi8(NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, 0, 3, 6, 9, 12, 15);
    __m128i a = _mm_loadu_si128((const void *)p), b = _mm_loadu_si128((const void *)(p + 16));
    __m128i c = _mm_loadu_si128((const void *)(p + 32));
    return (planes){
        or3(_mm_shuffle_epi8(a, ra), _mm_shuffle_epi8(b, rb), _mm_shuffle_epi8(c, rc)),
        or3(_mm_shuffle_epi8(a, ga), _mm_shuffle_epi8(b, gb), _mm_shuffle_epi8(c, gc)),
        or3(_mm_shuffle_epi8(a, ba), _mm_shuffle_epi8(b, bb), _mm_shuffle_epi8(c, bc)),
    };
}

OCT_INLINE void store_planes(uint8_t *p, planes x)
{
    const __m128i ar = _mm_setr_epi8(0, NO, NO, 1, NO, NO, 2, NO, NO, 3, NO, NO, 4, NO, NO, 5);
    const __m128i ag = _mm_setr_epi8(NO, 0, NO, NO, 1, NO, NO, 2, NO, NO, 3, NO, NO, 4, NO, NO);
    const __m128i ab = _mm_setr_epi8(NO, NO, 0, NO, NO, 1, NO, NO, 2, NO, NO, 3, NO, NO, 4, NO);
    const __m128i br = _mm_setr_epi8(NO, NO, 6, NO, NO, 7, NO, NO, 8, NO, NO, 9, NO, NO, 10, NO);
    const __m128i bg = _mm_setr_epi8(5, NO, NO, 6, NO, NO, 7, NO, NO, 8, NO, NO, 9, NO, NO, 10);
    const __m128i bb = _mm_setr_epi8(NO, 5, NO, NO, 6, NO, NO, 7, NO, NO, 8, NO, NO, 9, NO, NO);
    const __m128i cr = _mm_setr_epi8(NO, 11, NO, NO, 12, NO, NO, 13, NO, NO, 14, NO, NO, 15, NO, NO);
    const __m128i cg = _mm_setr_epi8(NO, NO, 11, NO, NO, 12, NO, NO, 13, NO, NO, 14, NO, NO, 15, NO);
    const __m128i cb = _mm_setr_epi8(10, NO, NO, 11, NO, NO, 12, NO, NO, 13, NO, NO, 14, NO, NO, 15);
    __m128i a = or3(_mm_shuffle_epi8(x.r, ar), _mm_shuffle_epi8(x.g, ag), _mm_shuffle_epi8(x.b, ab));
    __m128i b = or3(_mm_shuffle_epi8(x.r, br), _mm_shuffle_epi8(x.g, bg), _mm_shuffle_epi8(x.b, bb));
    __m128i c = or3(_mm_shuffle_epi8(x.r, cr), _mm_shuffle_epi8(x.g, cg), _mm_shuffle_epi8(x.b, cb));
    _mm_storeu_si128((void *)p, a);
    _mm_storeu_si128((void *)(p + 16), b);
    _mm_storeu_si128((void *)(p + 32), c);
}

static void split(uint8_t *r, uint8_t *g, uint8_t *b, const uint8_t *rgb, size_t n)
{
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        planes p = load_planes(rgb + 3 * i);
        _mm_storeu_si128((void *)(r + i), p.r);
        _mm_storeu_si128((void *)(g + i), p.g);
        _mm_storeu_si128((void *)(b + i), p.b);
    }
    oct_pixel_ref.split(r + i, g + i, b + i, rgb + 3 * i, n - i);
}

static void swap(uint8_t *bgr, const uint8_t *rgb, size_t n)
{
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        planes p = load_planes(rgb + 3 * i);
        store_planes(bgr + 3 * i, (planes){p.b, p.g, p.r});
    }
    oct_pixel_ref.swap(bgr + 3 * i, rgb + 3 * i, n - i);
}

/* Eight pixels as words. 38470 is beyond 16 bits with a sign: g * 38470 = g * 32767 + g * 5703. */
OCT_INLINE __m128i gray_8(__m128i r, __m128i g, __m128i b)
{
    const __m128i w_rg = _mm_set1_epi32(19595 | 32767 << 16), w_bg = _mm_set1_epi32(7471 | 5703 << 16);
    const __m128i half = _mm_set1_epi32(32768);
    __m128i lo = _mm_add_epi32(_mm_madd_epi16(_mm_unpacklo_epi16(r, g), w_rg),
                               _mm_madd_epi16(_mm_unpacklo_epi16(b, g), w_bg));
    __m128i hi = _mm_add_epi32(_mm_madd_epi16(_mm_unpackhi_epi16(r, g), w_rg),
                               _mm_madd_epi16(_mm_unpackhi_epi16(b, g), w_bg));
    lo = _mm_srli_epi32(_mm_add_epi32(lo, half), 16);
    hi = _mm_srli_epi32(_mm_add_epi32(hi, half), 16);
    return _mm_packus_epi32(lo, hi);
}

static void gray(uint8_t *y, const uint8_t *rgb, size_t n)
{
    const __m128i zero = _mm_setzero_si128();
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        planes p = load_planes(rgb + 3 * i);
        __m128i lo = gray_8(_mm_unpacklo_epi8(p.r, zero), _mm_unpacklo_epi8(p.g, zero), _mm_unpacklo_epi8(p.b, zero));
        __m128i hi = gray_8(_mm_unpackhi_epi8(p.r, zero), _mm_unpackhi_epi8(p.g, zero), _mm_unpackhi_epi8(p.b, zero));
        _mm_storeu_si128((void *)(y + i), _mm_packus_epi16(lo, hi));
    }
    oct_pixel_ref.gray(y + i, rgb + 3 * i, n - i);
}

static void repeat(uint8_t *rgb, const uint8_t *y, size_t n)
{
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        __m128i v = _mm_loadu_si128((const void *)(y + i));
        store_planes(rgb + 3 * i, (planes){v, v, v});
    }
    oct_pixel_ref.repeat(rgb + 3 * i, y + i, n - i);
}

OCT_INLINE void normalize_8(float *y, const uint8_t *x, __m256 mean, __m256 scale)
{
    __m256 v = _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64((const void *)x)));
    _mm256_storeu_ps(y, _mm256_mul_ps(_mm256_sub_ps(v, mean), scale));
}

static void normalize_1(float *y, const uint8_t *x, float mean, float scale, size_t n)
{
    const __m256 m = _mm256_set1_ps(mean), s = _mm256_set1_ps(scale);
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        normalize_8(y + i, x + i, m, s);
    oct_pixel_ref.normalize_1(y + i, x + i, mean, scale, n - i);
}

/* Eight pixels are three registers, whose lanes begin with channel 0, 2 and 1. */
static void normalize_3(float *y, const uint8_t *x, const float mean[3], const float scale[3], size_t n)
{
    __m256 m[3], s[3];
    for (int j = 0; j < 3; j++) {
        float a[8], b[8];
        for (int l = 0; l < 8; l++) {
            a[l] = mean[(8 * j + l) % 3];
            b[l] = scale[(8 * j + l) % 3];
        }
        m[j] = _mm256_loadu_ps(a);
        s[j] = _mm256_loadu_ps(b);
    }
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (size_t j = 0; j < 3; j++)
            normalize_8(y + 3 * i + 8 * j, x + 3 * i + 8 * j, m[j], s[j]);
    oct_pixel_ref.normalize_3(y + 3 * i, x + 3 * i, mean, scale, n - i);
}

const oct_pixel_kernels oct_pixel_avx2 = {
    .name = "avx2",
    .split = split,
    .swap = swap,
    .gray = gray,
    .repeat = repeat,
    .normalize_1 = normalize_1,
    .normalize_3 = normalize_3,
};
