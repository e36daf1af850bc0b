/* AVX2 of OpenCV's linear and area passes. No fused multiply-add: OpenCV rounds products and sums apart.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef __AVX2__
#error "compile with -mavx2"
#endif
#include "image/opencv_kernels.h"

#include <immintrin.h>
#include <string.h>

#include "base/compiler.h"

/* ---- linear ------------------------------------------------------------------------------------------------------ */

/* Outputs from i on. */
static void lerp_tail(int16_t *dst, const uint8_t *src, const oct_lerp_axis *axis, int32_t channels, int32_t i)
{
    size_t C = (size_t)channels, step = (size_t)axis->step * C;
    for (; i < axis->n_out; i++) {
        const uint8_t *x = src + (size_t)axis->first[i] * C;
        const int16_t *w = axis->weights[i];
        for (size_t c = 0; c < C; c++)
            dst[(size_t)i * C + c] = (int16_t)((x[c] * w[0] + x[c + step] * w[1]) >> 4);
    }
}

/* Outputs, in whole groups, whose pixel pairs may be read with `reach` pixels from the first on. */
static int32_t count_safe(const oct_lerp_axis *axis, int32_t reach, int32_t group)
{
    int32_t lo = 0, hi = axis->n_out;
    while (lo < hi) {
        int32_t mid = lo + (hi - lo) / 2;
        if (axis->first[mid] + reach <= axis->n_in)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo - lo % group;
}

/* 8 bytes r0 g0 b0 r1 g1 b1 . . at each of two places to words r0 r1 g0 g1 b0 b1 0 0, times the weights, both of one
 * output in each dword. */
OCT_INLINE __m128i lerp_rgb(const uint8_t *p, const int16_t *w)
{
    const __m128i order = _mm_setr_epi8(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1);
    int32_t both;
    memcpy(&both, w, 4);
    __m128i x = _mm_shuffle_epi8(_mm_loadl_epi64((const void *)p), order);
    return _mm_srli_epi32(_mm_madd_epi16(x, _mm_set1_epi32(both)), 4);
}

static void lerp_row_rgb(int16_t *dst, const uint8_t *src, const oct_lerp_axis *axis)
{
    int32_t n = count_safe(axis, 3, 2), i = 0;
    for (; i < n; i += 2) {
        __m128i a = lerp_rgb(src + (size_t)axis->first[i] * 3, axis->weights[i]);
        __m128i b = lerp_rgb(src + (size_t)axis->first[i + 1] * 3, axis->weights[i + 1]);
        __m128i ab = _mm_packus_epi32(a, b); /* r g b 0 r g b 0: each store's fourth word is overwritten by the next */
        _mm_storel_epi64((void *)(dst + (size_t)i * 3), ab);
        _mm_storel_epi64((void *)(dst + (size_t)i * 3 + 3), _mm_unpackhi_epi64(ab, ab));
    }
    lerp_tail(dst, src, axis, 3, i);
}

OCT_INLINE int pair_at(const uint8_t *p)
{
    uint16_t pair;
    memcpy(&pair, p, 2);
    return pair;
}

/* Eight outputs: eight pairs of bytes, widened to words. (Faster than a gather, which also reads further.) */
static void lerp_row_gray(int16_t *dst, const uint8_t *src, const oct_lerp_axis *axis)
{
    const int32_t *at = axis->first;
    int32_t i = 0;
    for (; i + 8 <= axis->n_out; i += 8, at += 8) {
        __m128i x = _mm_cvtsi32_si128(pair_at(src + at[0])), y = _mm_cvtsi32_si128(pair_at(src + at[4]));
        x = _mm_insert_epi16(x, pair_at(src + at[1]), 1);
        y = _mm_insert_epi16(y, pair_at(src + at[5]), 1);
        x = _mm_insert_epi16(x, pair_at(src + at[2]), 2);
        y = _mm_insert_epi16(y, pair_at(src + at[6]), 2);
        x = _mm_insert_epi16(x, pair_at(src + at[3]), 3);
        y = _mm_insert_epi16(y, pair_at(src + at[7]), 3);
        __m256i words = _mm256_cvtepu8_epi16(_mm_unpacklo_epi64(x, y));
        __m256i v = _mm256_srli_epi32(_mm256_madd_epi16(words, _mm256_loadu_si256((const void *)axis->weights[i])), 4);
        v = _mm256_permute4x64_epi64(_mm256_packus_epi32(v, v), 0x08); /* quarters 0 and 2 to the low half */
        _mm_storeu_si128((void *)(dst + i), _mm256_castsi256_si128(v));
    }
    lerp_tail(dst, src, axis, 1, i);
}

static void lerp_row(int16_t *dst, const uint8_t *src, const oct_lerp_axis *axis, int32_t channels)
{
    if (axis->step == 0)
        lerp_tail(dst, src, axis, channels, 0);
    else if (channels == 3)
        lerp_row_rgb(dst, src, axis);
    else
        lerp_row_gray(dst, src, axis);
}

OCT_INLINE __m256i mix_16(const int16_t *above, const int16_t *below, __m256i w0, __m256i w1)
{
    __m256i a = _mm256_mulhi_epi16(_mm256_loadu_si256((const void *)above), w0);
    __m256i b = _mm256_mulhi_epi16(_mm256_loadu_si256((const void *)below), w1);
    return _mm256_srai_epi16(_mm256_add_epi16(_mm256_add_epi16(a, b), _mm256_set1_epi16(2)), 2);
}

static void lerp_column(uint8_t *dst, const int16_t *above, const int16_t *below, const int16_t w[2], size_t n)
{
    const __m256i w0 = _mm256_set1_epi16(w[0]), w1 = _mm256_set1_epi16(w[1]);
    size_t i = 0;
    for (; i + 32 <= n; i += 32) {
        __m256i a = mix_16(above + i, below + i, w0, w1), b = mix_16(above + i + 16, below + i + 16, w0, w1);
        __m256i v = _mm256_permute4x64_epi64(_mm256_packus_epi16(a, b), 0xd8); /* quarters 0 2 1 3 */
        _mm256_storeu_si256((void *)(dst + i), v);
    }
    for (; i < n; i++)
        dst[i] = (uint8_t)(((above[i] * w[0] >> 16) + (below[i] * w[1] >> 16) + 2) >> 2);
}

/* ---- area -------------------------------------------------------------------------------------------------------- */

/* One tap of two RGB rows as floats: lane 0: r g b . of p, lane 1: of q. */
OCT_INLINE __m256 load_rgb_2(const uint8_t *p, const uint8_t *q)
{
    int32_t a, b;
    memcpy(&a, p, 4);
    memcpy(&b, q, 4);
    __m128i ab = _mm_insert_epi32(_mm_cvtsi32_si128(a), b, 1);
    return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(ab));
}

static void area_rows_rgb(const oct_area_rows_args *a)
{
    for (int32_t i = 0; i < a->n_out; i++) {
        size_t at = (size_t)a->first[i] * 3;
        __m256 sum01 = _mm256_setzero_ps(), sum23 = sum01;
        for (int32_t t = a->begin[i]; t < a->begin[i + 1]; t++, at += 3) {
            __m256 w = _mm256_set1_ps(a->weights[t]);
            sum01 = _mm256_add_ps(sum01, _mm256_mul_ps(load_rgb_2(a->src[0] + at, a->src[1] + at), w));
            sum23 = _mm256_add_ps(sum23, _mm256_mul_ps(load_rgb_2(a->src[2] + at, a->src[3] + at), w));
        }
        size_t to = (size_t)i * 3; /* the fourth float is overwritten by the next output, or is padding */
        _mm_storeu_ps(a->dst[0] + to, _mm256_castps256_ps128(sum01));
        _mm_storeu_ps(a->dst[1] + to, _mm256_extractf128_ps(sum01, 1));
        _mm_storeu_ps(a->dst[2] + to, _mm256_castps256_ps128(sum23));
        _mm_storeu_ps(a->dst[3] + to, _mm256_extractf128_ps(sum23, 1));
    }
}

/* Four gray rows, one to a lane. */
static void area_rows_gray(const oct_area_rows_args *a)
{
    for (int32_t i = 0; i < a->n_out; i++) {
        size_t at = (size_t)a->first[i];
        __m128 sum = _mm_setzero_ps();
        for (int32_t t = a->begin[i]; t < a->begin[i + 1]; t++, at++) {
            __m128i x = _mm_setr_epi32(a->src[0][at], a->src[1][at], a->src[2][at], a->src[3][at]);
            sum = _mm_add_ps(sum, _mm_mul_ps(_mm_cvtepi32_ps(x), _mm_set1_ps(a->weights[t])));
        }
        float v[4];
        _mm_storeu_ps(v, sum);
        for (int r = 0; r < 4; r++)
            a->dst[r][i] = v[r];
    }
}

static void area_rows(const oct_area_rows_args *a)
{
    if (a->channels == 3)
        area_rows_rgb(a);
    else
        area_rows_gray(a);
}

static void area_add(float *sum, const float *row, float weight, int fresh, size_t n)
{
    const __m256 w = _mm256_set1_ps(weight);
    for (size_t i = 0; i < n; i += 8) { /* up to 7 floats of padding take part */
        __m256 v = _mm256_mul_ps(_mm256_loadu_ps(row + i), w);
        _mm256_storeu_ps(sum + i, fresh ? v : _mm256_add_ps(_mm256_loadu_ps(sum + i), v));
    }
}

static void area_round(uint8_t *dst, const float *sum, size_t n)
{
    for (size_t i = 0; i < n; i += 8) {
        __m256i v = _mm256_cvtps_epi32(_mm256_loadu_ps(sum + i));
        __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
        uint64_t bytes = (uint64_t)_mm_cvtsi128_si64(_mm_packus_epi16(words, words));
        memcpy(dst + i, &bytes, n - i < 8 ? n - i : 8);
    }
}

static void sum_row(uint32_t *sum, const uint8_t *src, size_t n)
{
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        __m256i x = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const void *)(src + i)));
        _mm256_storeu_si256((void *)(sum + i), _mm256_add_epi32(_mm256_loadu_si256((const void *)(sum + i)), x));
    }
    for (; i < n; i++)
        sum[i] += src[i];
}

/* Sums of byte pairs of both rows, rounded, back to bytes: lane by lane, the result in each lane's low half. */
OCT_INLINE __m256i halve_pairs(__m256i above, __m256i below)
{
    const __m256i ones = _mm256_set1_epi8(1);
    __m256i sum = _mm256_add_epi16(_mm256_maddubs_epi16(above, ones), _mm256_maddubs_epi16(below, ones));
    sum = _mm256_srli_epi16(_mm256_add_epi16(sum, _mm256_set1_epi16(2)), 2);
    return _mm256_packus_epi16(sum, sum);
}

static size_t halve_gray(uint8_t *dst, const uint8_t *above, const uint8_t *below, size_t n)
{
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        __m256i v = halve_pairs(_mm256_loadu_si256((const void *)(above + 2 * i)),
                                _mm256_loadu_si256((const void *)(below + 2 * i)));
        _mm_storeu_si128((void *)(dst + i), _mm256_castsi256_si128(_mm256_permute4x64_epi64(v, 0x08)));
    }
    return i;
}

/* Four pixels, 12 bytes, to each lane, so that what belongs together is side by side: r0 r1 g0 g1 b0 b1 r2 r3 ... */
OCT_INLINE __m256i load_pairs(const uint8_t *p)
{
    const __m256i order = _mm256_setr_epi8(0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11, -1, -1, -1, -1, //
                                           0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11, -1, -1, -1, -1);
    __m256i x = _mm256_castsi128_si256(_mm_loadu_si128((const void *)p));
    return _mm256_shuffle_epi8(_mm256_inserti128_si256(x, _mm_loadu_si128((const void *)(p + 12)), 1), order);
}

/* Four outputs from 28 bytes of each row, of which 24 count; stores 6 + 8 bytes, of which 12 count. */
static size_t halve_rgb(uint8_t *dst, const uint8_t *above, const uint8_t *below, size_t n)
{
    size_t i = 0;
    for (; i + 5 <= n; i += 4) {
        __m256i v = halve_pairs(load_pairs(above + 6 * i), load_pairs(below + 6 * i));
        _mm_storel_epi64((void *)(dst + 3 * i), _mm256_castsi256_si128(v));
        _mm_storel_epi64((void *)(dst + 3 * i + 6), _mm256_extracti128_si256(v, 1));
    }
    return i;
}

static void halve(uint8_t *dst, const uint8_t *above, const uint8_t *below, size_t n, int32_t channels)
{
    size_t C = (size_t)channels;
    size_t i = channels == 3 ? halve_rgb(dst, above, below, n) : halve_gray(dst, above, below, n);
    oct_opencv_ref.halve(dst + i * C, above + 2 * i * C, below + 2 * i * C, n - i, channels);
}

const oct_opencv_kernels oct_opencv_avx2 = {
    .name = "avx2",
    .lerp_row = lerp_row,
    .lerp_column = lerp_column,
    .area_rows = area_rows,
    .area_add = area_add,
    .area_round = area_round,
    .sum_row = sum_row,
    .halve = halve,
};
