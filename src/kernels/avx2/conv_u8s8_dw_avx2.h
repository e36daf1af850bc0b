/* conv_u8s8_dw_avx2.h: depthwise convolution of uint8 with int8, level avx2: 16 channels, pairs of int16 by vpmaddwd.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_CONV_U8S8_DW_AVX2_H
#define OCT_CONV_U8S8_DW_AVX2_H

#include "kernels/conv_u8s8_dw.h"
#include "kernels/avx2/conv_u8s8_store_avx2.h"

/* acc += x * w, pair by pair. */
OCT_INLINE __m256i madd(__m256i acc, __m256i x, __m256i w)
{
    return _mm256_add_epi32(acc, _mm256_madd_epi16(x, w));
}

/* 16 channels of one tap, as uint8; zeros outside. */
OCT_INLINE __m128i load_tap(const oct_conv_u8s8_dw_row *r, int64_t tap, int64_t x_at, __m128i flip, bool whole)
{
    if (!whole && r->offset[tap] == OCT_CONV_U8S8_DW_OUTSIDE)
        return _mm_setzero_si128();
    const uint8_t *x = r->x + r->offset[tap] + x_at;
    if (whole || r->n_channels == 16)
        return _mm_xor_si128(_mm_loadu_si128((const __m128i *)(const void *)x), flip);
    uint8_t all[16] = {0};
    memcpy(all, x, (size_t)r->n_channels);
    return _mm_xor_si128(_mm_loadu_si128((const __m128i *)(const void *)all), flip);
}

OCT_INLINE void add_taps(__m256i acc[2], __m128i x0, __m128i x1, const int16_t *w)
{
    acc[0] = madd(acc[0], _mm256_cvtepu8_epi16(_mm_unpacklo_epi8(x0, x1)), load(w));
    acc[1] = madd(acc[1], _mm256_cvtepu8_epi16(_mm_unpackhi_epi8(x0, x1)), load(w + 16));
}

OCT_INLINE void run_positions(const oct_conv_u8s8_dw_row *r, int64_t n_taps, bool whole)
{
    const output o = get_output(&r->out, r->n_channels);
    const __m128i flip = _mm_set1_epi8((char)r->x_flip);
    for (int64_t p = 0; p < r->n_positions; p++) {
        const int64_t x_at = p * r->x_step;
        const int16_t *w = r->w;
        __m256i acc[2] = {load(r->bias), load(r->bias + 8)};
        int64_t t = 0;
        for (; t + 2 <= n_taps; t += 2, w += 32)
            add_taps(acc, load_tap(r, t, x_at, flip, whole), load_tap(r, t + 1, x_at, flip, whole), w);
        if (t < n_taps)
            add_taps(acc, load_tap(r, t, x_at, flip, whole), _mm_setzero_si128(), w);
        if (r->out.add) {
            int32_t sums[16];
            _mm256_storeu_si256((__m256i *)(void *)sums, acc[0]);
            _mm256_storeu_si256((__m256i *)(void *)(sums + 8), acc[1]);
            store_added(r->y + p * r->y_step, r->r + p * r->r_step, sums, r->mult, &r->out, &o);
        } else {
            store_rounded(r->y + p * r->y_step, scale(acc[0], r->mult, &o), scale(acc[1], r->mult + 8, &o), &o);
        }
    }
}

static void run_depthwise(const oct_conv_u8s8_dw_row *r)
{
    const bool whole = r->all_inside && r->n_channels == 16;
    if (whole && r->n_taps == 9)
        run_positions(r, 9, true);
    else if (whole)
        run_positions(r, r->n_taps, true);
    else
        run_positions(r, r->n_taps, false);
}

static int64_t depthwise_slot(int64_t c)
{
    return c;
}

static const oct_conv_u8s8_dw depthwise = {
    .block = 16, .group = 2, .most_copies = 1, .words = true, .slot = depthwise_slot, .run = run_depthwise};
static const char depthwise_name[] = "avx2 u8s8 depthwise";

#endif
