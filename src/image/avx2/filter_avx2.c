/* AVX2 of the Pillow passes. A weight w is split into w = 2^11 * high + low, both 16 bits, low in 0..2047, so that
 * vpmaddwd can multiply; the sums of both halves wrap modulo 2^32, and 2^11 * sum(high) + sum(low) is the exact sum.
 * Packed weights: for each group of g taps g highs, then g lows.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef __AVX2__
#error "compile with -mavx2"
#endif
#include "image/filter_kernels.h"

#include <immintrin.h>
#include <string.h>

#include "base/compiler.h"

#define LOW_BITS 11

static void pack(void *packed, const int32_t *weights, int32_t n, int32_t group)
{
    int16_t *out = packed;
    for (int32_t t = 0; t < n; t++) {
        int32_t in_group = t % group, base = (t - in_group) * 2;
        out[base + in_group] = (int16_t)(weights[t] >> LOW_BITS);
        out[base + group + in_group] = (int16_t)(weights[t] & ((1 << LOW_BITS) - 1));
    }
}

OCT_INLINE __m256i join(__m256i high, __m256i low)
{
    return _mm256_add_epi32(_mm256_slli_epi32(high, LOW_BITS), low);
}

OCT_INLINE __m256i round_shift(__m256i sum)
{
    return _mm256_srai_epi32(_mm256_add_epi32(sum, _mm256_set1_epi32(1 << (OCT_FILTER_BITS - 1))), OCT_FILTER_BITS);
}

/* Four taps of one RGB row. 16 bytes r0 g0 b0 r1 g1 b1 r2 g2 b2 r3 g3 b3 (4 unused) go to words
 *     lane 0: r0 r1 r2 r3 g0 g1 g2 g3     lane 1: b0 b1 b2 b3 0 0 0 0
 * and times w0 w1 w2 w3 w0 w1 w2 w3 give dwords  lane 0: r01 r23 g01 g23   lane 1: b01 b23 0 0 */
OCT_INLINE __m256i load_rgb(const uint8_t *p)
{
    const __m256i order = _mm256_setr_epi8(0, -1, 3, -1, 6, -1, 9, -1, 1, -1, 4, -1, 7, -1, 10, -1, //
                                           2, -1, 5, -1, 8, -1, 11, -1, -1, -1, -1, -1, -1, -1, -1, -1);
    return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)p)), order);
}

OCT_INLINE void store_4(uint8_t *dst, int32_t v)
{
    memcpy(dst, &v, 4);
}

/* Sums of four rows, each as load_rgb has them, to r g b and one byte of nothing at each destination. */
OCT_INLINE void store_rgb(uint8_t *const *dst, size_t at, const __m256i sum[4])
{
    /* hadd: lane 0: r g of row 0, r g of row 1; lane 1: b 0 b 0 */
    __m256i s01 = round_shift(_mm256_hadd_epi32(sum[0], sum[1]));
    __m256i s23 = round_shift(_mm256_hadd_epi32(sum[2], sum[3]));
    __m256i words = _mm256_packs_epi32(s01, s23);
    __m256i bytes = _mm256_packus_epi16(words, words);
    /* lane 0: rg rg rg rg, lane 1: b0 b0 b0 b0 -> r g b 0, row by row */
    __m128i rgb = _mm_unpacklo_epi16(_mm256_castsi256_si128(bytes), _mm256_extracti128_si256(bytes, 1));
    store_4(dst[0] + at, _mm_cvtsi128_si32(rgb));
    store_4(dst[1] + at, _mm_extract_epi32(rgb, 1));
    store_4(dst[2] + at, _mm_extract_epi32(rgb, 2));
    store_4(dst[3] + at, _mm_extract_epi32(rgb, 3));
}

static void rows_rgb(const oct_filter_rows_args *a)
{
    const int16_t *w = a->weights;
    for (int32_t i = 0; i < a->n_out; i++) {
        size_t at = (size_t)a->first[i] * 3;
        __m256i high[4], low[4];
        for (int r = 0; r < 4; r++)
            high[r] = low[r] = _mm256_setzero_si256();
        for (int32_t t = 0; t < a->taps; t += 4, at += 12, w += 8) {
            int64_t w_high, w_low;
            memcpy(&w_high, w, 8);
            memcpy(&w_low, w + 4, 8);
            __m256i wh = _mm256_set1_epi64x(w_high), wl = _mm256_set1_epi64x(w_low);
            for (int r = 0; r < 4; r++) {
                __m256i x = load_rgb(a->src[r] + at);
                high[r] = _mm256_add_epi32(high[r], _mm256_madd_epi16(x, wh));
                low[r] = _mm256_add_epi32(low[r], _mm256_madd_epi16(x, wl));
            }
        }
        for (int r = 0; r < 4; r++)
            high[r] = join(high[r], low[r]);
        store_rgb(a->dst, (size_t)i * 3, high);
    }
}

/* Eight taps of two gray rows: lane 0 one row, lane 1 the other, as words. */
OCT_INLINE __m256i load_gray(const uint8_t *p, const uint8_t *q)
{
    __m128i x = _mm_loadl_epi64((const void *)p), y = _mm_loadl_epi64((const void *)q);
    return _mm256_cvtepu8_epi16(_mm_unpacklo_epi64(x, y));
}

static void rows_gray(const oct_filter_rows_args *a)
{
    const int16_t *w = a->weights;
    for (int32_t i = 0; i < a->n_out; i++) {
        size_t at = (size_t)a->first[i];
        __m256i high01 = _mm256_setzero_si256(), low01 = high01, high23 = high01, low23 = high01;
        for (int32_t t = 0; t < a->taps; t += 8, at += 8, w += 16) {
            __m256i wh = _mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)w));
            __m256i wl = _mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)(w + 8)));
            __m256i x01 = load_gray(a->src[0] + at, a->src[1] + at);
            __m256i x23 = load_gray(a->src[2] + at, a->src[3] + at);
            high01 = _mm256_add_epi32(high01, _mm256_madd_epi16(x01, wh));
            low01 = _mm256_add_epi32(low01, _mm256_madd_epi16(x01, wl));
            high23 = _mm256_add_epi32(high23, _mm256_madd_epi16(x23, wh));
            low23 = _mm256_add_epi32(low23, _mm256_madd_epi16(x23, wl));
        }
        /* after two hadds: lane 0: rows 0 2 0 2, lane 1: rows 1 3 1 3 */
        __m256i sum = _mm256_hadd_epi32(join(high01, low01), join(high23, low23));
        sum = round_shift(_mm256_hadd_epi32(sum, sum));
        sum = _mm256_packs_epi32(sum, sum);
        sum = _mm256_packus_epi16(sum, sum);
        int32_t even = _mm_cvtsi128_si32(_mm256_castsi256_si128(sum));
        int32_t odd = _mm_cvtsi128_si32(_mm256_extracti128_si256(sum, 1));
        a->dst[0][i] = (uint8_t)even;
        a->dst[1][i] = (uint8_t)odd;
        a->dst[2][i] = (uint8_t)(even >> 8);
        a->dst[3][i] = (uint8_t)(odd >> 8);
    }
}

static void rows(const oct_filter_rows_args *a)
{
    if (a->channels == 3)
        rows_rgb(a);
    else
        rows_gray(a);
}

/* 32 columns. Two rows p and q are interleaved to words p q p q ..., eight outputs a register:
 *     x[0]: columns 0..3, 16..19   x[1]: 4..7, 20..23   x[2]: 8..11, 24..27   x[3]: 12..15, 28..31 */
OCT_INLINE void column_32(uint8_t *dst, const uint8_t *const *src, const int16_t *w, int32_t taps, size_t at)
{
    const __m256i zero = _mm256_setzero_si256();
    __m256i high[4] = {zero, zero, zero, zero}, low[4] = {zero, zero, zero, zero};
    for (int32_t t = 0; t < taps; t += 2, w += 4) {
        int32_t w_high, w_low;
        memcpy(&w_high, w, 4);
        memcpy(&w_low, w + 2, 4);
        __m256i wh = _mm256_set1_epi32(w_high), wl = _mm256_set1_epi32(w_low);
        __m256i p = _mm256_loadu_si256((const void *)(src[t] + at));
        __m256i q = _mm256_loadu_si256((const void *)(src[t + 1] + at));
        __m256i lo = _mm256_unpacklo_epi8(p, q), hi = _mm256_unpackhi_epi8(p, q);
        __m256i x[4] = {_mm256_unpacklo_epi8(lo, zero), _mm256_unpackhi_epi8(lo, zero),
                        _mm256_unpacklo_epi8(hi, zero), _mm256_unpackhi_epi8(hi, zero)};
        for (int j = 0; j < 4; j++) {
            high[j] = _mm256_add_epi32(high[j], _mm256_madd_epi16(x[j], wh));
            low[j] = _mm256_add_epi32(low[j], _mm256_madd_epi16(x[j], wl));
        }
    }
    for (int j = 0; j < 4; j++)
        high[j] = round_shift(join(high[j], low[j]));
    __m256i words0 = _mm256_packs_epi32(high[0], high[1]), words1 = _mm256_packs_epi32(high[2], high[3]);
    _mm256_storeu_si256((void *)(dst + at), _mm256_packus_epi16(words0, words1));
}

static uint8_t column_1(const uint8_t *const *src, const int16_t *w, int32_t taps, size_t at)
{
    int32_t sum = 1 << (OCT_FILTER_BITS - 1);
    for (int32_t t = 0; t < taps; t += 2, w += 4) {
        sum += src[t][at] * (w[0] * (1 << LOW_BITS) + w[2]);
        sum += src[t + 1][at] * (w[1] * (1 << LOW_BITS) + w[3]);
    }
    sum >>= OCT_FILTER_BITS;
    return (uint8_t)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
}

static void column(uint8_t *dst, const uint8_t *const *src, const void *weights, int32_t taps, size_t n)
{
    size_t at = 0;
    for (; at + 32 <= n; at += 32)
        column_32(dst, src, weights, taps, at);
    if (at < n && n >= 32)
        column_32(dst, src, weights, taps, n - 32); /* overlaps: the same bytes again */
    else
        for (; at < n; at++)
            dst[at] = column_1(src, weights, taps, at);
}

const oct_filter_kernels oct_filter_avx2 = {
    .name = "avx2",
    .row_group = {0, 8, 0, 4},
    .row_spare = {0, 0, 0, 2}, /* 16 bytes hold four RGB pixels and 4 bytes of the next two */
    .column_group = 2,
    .pack = pack,
    .rows = rows,
    .column = column,
};
