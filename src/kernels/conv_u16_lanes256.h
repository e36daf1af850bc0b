/* conv_u16_lanes256.h: int64 sums of 8 or 16 channels in 256-bit vectors to 16-bit results, and the depthwise convolution
 * made of it. For the ISA files of levels from avx2 on.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_CONV_U16_LANES256_H
#define OCT_CONV_U16_LANES256_H

#include <immintrin.h>
#include <string.h>

#include "base/compiler.h"
#include "kernels/conv_u16_dw.h"

OCT_INLINE __m256i load_256(const void *p)
{
    return _mm256_loadu_si256((const __m256i *)p);
}

typedef struct output_256 {
    __m256d lo, hi;
    __m256i zero;
    __m128i flip;
} output_256;

OCT_INLINE output_256 get_output_256(const oct_conv_u16_out *o)
{
    return (output_256){_mm256_set1_pd(o->lo), _mm256_set1_pd(o->hi), _mm256_set1_epi32(o->zero),
                        _mm_set1_epi16((short)o->y_flip)};
}

/* double(acc) for |acc| < 2^51: acc is added to the mantissa of 1.5 * 2^52, which is then subtracted. */
OCT_INLINE __m256d to_double(__m256i acc)
{
    const __m256d magic = _mm256_set1_pd(6755399441055744.0);
    return _mm256_sub_pd(_mm256_castsi256_pd(_mm256_add_epi64(acc, _mm256_castpd_si256(magic))), magic);
}

/* round(clamp(acc * mult)); max returns its second operand if the first is NaN. */
OCT_INLINE __m128i scale_4(__m256i acc, const float *mult, const output_256 *o)
{
    const __m256d v = _mm256_mul_pd(to_double(acc), _mm256_cvtps_pd(_mm_loadu_ps(mult)));
    return _mm256_cvtpd_epi32(_mm256_min_pd(_mm256_max_pd(v, o->lo), o->hi));
}

/* Channels 0-3 and 4-7, n of which exist. */
OCT_INLINE void store_8(uint16_t *y, __m256i a, __m256i b, const float *mult, const output_256 *o, int64_t n)
{
    __m256i v = _mm256_castsi128_si256(scale_4(a, mult, o));
    v = _mm256_add_epi32(_mm256_inserti128_si256(v, scale_4(b, mult + 4, o), 1), o->zero);
    __m128i words = _mm_packus_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
    words = _mm_xor_si128(words, o->flip);
    if (n >= 8) {
        _mm_storeu_si128((__m128i *)(void *)y, words);
    } else if (n > 0) {
        uint16_t all[8];
        _mm_storeu_si128((__m128i *)(void *)all, words);
        memcpy(y, all, (size_t)n * sizeof *y);
    }
}

/* ---- depthwise ---- */

typedef struct words_16 {
    __m256i a, b; /* a: channels 0-3, 8-11, b: 4-7, 12-15 */
} words_16;

OCT_INLINE words_16 multiply(words_16 acc, __m256i x0, __m256i x1, const int16_t *w)
{
    acc.a = _mm256_add_epi32(acc.a, _mm256_madd_epi16(_mm256_unpacklo_epi16(x0, x1), load_256(w)));
    acc.b = _mm256_add_epi32(acc.b, _mm256_madd_epi16(_mm256_unpackhi_epi16(x0, x1), load_256(w + 16)));
    return acc;
}

/* 16 channels of one tap, as int16; zeros outside. */
OCT_INLINE __m256i load_tap(const oct_conv_u16_dw_row *r, int64_t tap, int64_t x_at, __m256i flip)
{
    if (r->offset[tap] == OCT_CONV_U16_DW_OUTSIDE)
        return _mm256_setzero_si256();
    const uint16_t *x = r->x + r->offset[tap] + x_at;
    if (r->n_channels == 16)
        return _mm256_xor_si256(load_256(x), flip);
    uint16_t all[16] = {0};
    memcpy(all, x, (size_t)r->n_channels * sizeof *x);
    return _mm256_xor_si256(load_256(all), flip);
}

/* bias + lo + 256 * hi, for four channels */
OCT_INLINE __m256i fold_4(const int64_t *bias, __m128i lo, __m128i hi)
{
    const __m256i sum = _mm256_add_epi64(load_256(bias), _mm256_cvtepi32_epi64(lo));
    return _mm256_add_epi64(sum, _mm256_slli_epi64(_mm256_cvtepi32_epi64(hi), 8));
}

OCT_INLINE void store_position(const oct_conv_u16_dw_row *r, uint16_t *y, words_16 lo, words_16 hi, const output_256 *o)
{
    const __m256i c0 = fold_4(r->bias, _mm256_castsi256_si128(lo.a), _mm256_castsi256_si128(hi.a));
    const __m256i c4 = fold_4(r->bias + 4, _mm256_castsi256_si128(lo.b), _mm256_castsi256_si128(hi.b));
    const __m256i c8 = fold_4(r->bias + 8, _mm256_extracti128_si256(lo.a, 1), _mm256_extracti128_si256(hi.a, 1));
    const __m256i c12 = fold_4(r->bias + 12, _mm256_extracti128_si256(lo.b, 1), _mm256_extracti128_si256(hi.b, 1));
    store_8(y, c0, c4, r->mult, o, r->n_channels);
    store_8(y + 8, c8, c12, r->mult + 8, o, r->n_channels - 8);
}

OCT_INLINE void run_positions(const oct_conv_u16_dw_row *r, bool wide_weights)
{
    const output_256 o = get_output_256(&r->out);
    const __m256i flip = _mm256_set1_epi16((short)r->x_flip);
    for (int64_t p = 0; p < r->n_positions; p++) {
        const words_16 zero = {_mm256_setzero_si256(), _mm256_setzero_si256()};
        words_16 lo = zero, hi = zero;
        const int16_t *w = r->w;
        for (int64_t t = 0; t < 2 * r->n_pairs; t += 2, w += wide_weights ? 64 : 32) {
            const __m256i x0 = load_tap(r, t, p * r->x_step, flip), x1 = load_tap(r, t + 1, p * r->x_step, flip);
            lo = multiply(lo, x0, x1, w);
            if (wide_weights)
                hi = multiply(hi, x0, x1, w + 32);
        }
        store_position(r, r->y + p * r->y_step, lo, hi, &o);
    }
}

static void run_depthwise(const oct_conv_u16_dw_row *r)
{
    if (r->wide_weights)
        run_positions(r, true);
    else
        run_positions(r, false);
}

#endif
