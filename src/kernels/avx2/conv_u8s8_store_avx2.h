/* conv_u8s8_store_avx2.h: from sums to bytes in memory, with or without a residual. A vector is eight channels
 * of a position, or, depthwise, two are 16: lane l of vector v has channels 8*l + 4*v + 0..3.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_CONV_U8S8_STORE_AVX2_H
#define OCT_CONV_U8S8_STORE_AVX2_H

#include <immintrin.h>
#include <string.h>

#include "base/compiler.h"
#include "kernels/conv_u8s8_plan.h"

OCT_INLINE __m256i load(const void *p)
{
    return _mm256_loadu_si256((const __m256i *)p);
}

typedef struct output {
    __m256 hi;
    __m256i zero, lo, top, flip;
    int64_t n;   /* channels to store */
    bool clamps; /* any of lo, top, flip does something */
} output;

OCT_INLINE output get_output(const oct_conv_u8s8_out *o, int64_t n)
{
    return (output){_mm256_set1_ps(o->hi), _mm256_set1_epi16((short)o->zero), _mm256_set1_epi8((char)o->y_lo),
                    _mm256_set1_epi8((char)o->y_hi), _mm256_set1_epi8((char)o->y_flip), n,
                    o->y_lo != 0 || o->y_hi != 255 || o->y_flip != 0};
}

/* round(v), which the packs saturate; min returns its second operand if that is NaN, and NaN and what is below int32 convert
 * to INT_MIN: the smallest result. */
OCT_INLINE __m256i round_any(__m256 v, const output *o)
{
    return _mm256_cvtps_epi32(_mm256_min_ps(o->hi, v));
}

/* The same of acc * mult where that is bounded. */
OCT_INLINE __m256i scale(__m256i acc, __m256 mult)
{
    return _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_cvtepi32_ps(acc), mult));
}

OCT_INLINE void store_bytes(uint8_t *y, __m128i bytes, int64_t n)
{
    if (n >= 16) {
        _mm_storeu_si128((__m128i *)(void *)y, bytes);
        return;
    }
    uint8_t all[16];
    _mm_storeu_si128((__m128i *)(void *)all, bytes);
    memcpy(y, all, (size_t)n);
}

OCT_INLINE __m256i clamp(__m256i bytes, const output *o)
{
    if (!o->clamps)
        return bytes;
    return _mm256_xor_si256(_mm256_max_epu8(_mm256_min_epu8(bytes, o->top), o->lo), o->flip);
}

/* Bytes 8..15. */
OCT_INLINE void store_upper(uint8_t *y, __m128i v)
{
    const int64_t upper = _mm_extract_epi64(v, 1);
    memcpy(y, &upper, sizeof upper);
}

/* Eight channels of each of four positions, from a lane of four int32 each; n_oc <= 8 are stored. */
OCT_INLINE void store_4x8(uint8_t *y, int64_t step, int64_t n, __m256i a, __m256i b, __m256i c, __m256i d, const output *o)
{
    const __m256i ab = _mm256_adds_epi16(_mm256_packs_epi32(a, b), o->zero);
    const __m256i cd = _mm256_adds_epi16(_mm256_packs_epi32(c, d), o->zero);
    const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    const __m256i bytes = _mm256_permutevar8x32_epi32(clamp(_mm256_packus_epi16(ab, cd), o), order);
    const __m128i first = _mm256_castsi256_si128(bytes), second = _mm256_extracti128_si256(bytes, 1);
    if (n == 4 && o->n >= 8) {
        _mm_storel_epi64((__m128i *)(void *)y, first);
        store_upper(y + step, first);
        _mm_storel_epi64((__m128i *)(void *)(y + 2 * step), second);
        store_upper(y + 3 * step, second);
        return;
    }
    uint8_t all[32];
    _mm256_storeu_si256((__m256i *)(void *)all, bytes);
    for (int64_t p = 0; p < n; p++)
        memcpy(y + p * step, all + 8 * p, (size_t)(o->n < 8 ? o->n : 8));
}

/* One position of eight channels. */
OCT_INLINE void store_8(uint8_t *y, __m256i a, const output *o)
{
    const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(a), _mm256_extracti128_si256(a, 1));
    const __m128i bytes = _mm_packus_epi16(_mm_adds_epi16(words, _mm256_castsi256_si128(o->zero)), words);
    _mm_storel_epi64((__m128i *)(void *)y, _mm256_castsi256_si128(clamp(_mm256_castsi128_si256(bytes), o)));
}

/* One position of 16 channels. */
OCT_INLINE void store_16(uint8_t *y, __m256i a, __m256i b, const output *o)
{
    const __m256i words = _mm256_adds_epi16(_mm256_packs_epi32(a, b), o->zero);
    const __m128i bytes = _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
    const __m128i clamped =
        _mm_max_epu8(_mm_min_epu8(bytes, _mm256_castsi256_si128(o->top)), _mm256_castsi256_si128(o->lo));
    store_bytes(y, _mm_xor_si128(clamped, _mm256_castsi256_si128(o->flip)), o->n);
}

/* Two positions of 16 channels, all of which are stored. */
OCT_INLINE void store_2x16(uint8_t *y, int64_t step, __m256i a, __m256i b, __m256i c, __m256i d, const output *o)
{
    const __m256i ab = _mm256_adds_epi16(_mm256_packs_epi32(a, b), o->zero);
    const __m256i cd = _mm256_adds_epi16(_mm256_packs_epi32(c, d), o->zero);
    const __m256i bytes = _mm256_permute4x64_epi64(clamp(_mm256_packus_epi16(ab, cd), o), 0xd8);
    _mm_storeu_si128((__m128i *)(void *)y, _mm256_castsi256_si128(bytes));
    _mm_storeu_si128((__m128i *)(void *)(y + step), _mm256_extracti128_si256(bytes, 1));
}

/* ---- with a residual, or a multiplier that is not bounded ---- */

/* One vector, r: its bytes as int32. Result as of scale(). */
OCT_INLINE __m256i add_residual(__m256i acc, const float *mult, __m256i r, const oct_conv_u8s8_out *s, const output *o)
{
    const __m256 a = _mm256_cvtepi32_ps(acc), m = _mm256_loadu_ps(mult), fixed = _mm256_set1_ps(s->fixed);
    const __m256 rf = _mm256_sub_ps(_mm256_cvtepi32_ps(r), _mm256_set1_ps(s->r_less));
    const __m256 r_scale = _mm256_set1_ps(s->r_scale), q_scale = _mm256_set1_ps(s->q_scale);
    __m256 v;
    if (s->add == OCT_CONV_U8S8_NO_ADD) {
        v = _mm256_mul_ps(a, m);
    } else if (s->add == OCT_CONV_U8S8_ADD_EXACT) {
        v = _mm256_fmadd_ps(a, m, _mm256_fmadd_ps(rf, r_scale, fixed));
    } else {
        const __m256 in = _mm256_max_ps(_mm256_min_ps(_mm256_set1_ps(s->q.hi), _mm256_mul_ps(a, m)),
                                        _mm256_set1_ps(s->q.lo));
        const __m256 q = _mm256_add_ps(_mm256_round_ps(in, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC),
                                       _mm256_set1_ps((float)s->q.zero));
        v = s->r_first ? _mm256_fmadd_ps(rf, r_scale, _mm256_fmadd_ps(q, q_scale, fixed))
                       : _mm256_fmadd_ps(q, q_scale, _mm256_fmadd_ps(rf, r_scale, fixed));
    }
    return round_any(v, o);
}

OCT_INLINE __m128i load_bytes(const uint8_t *x, int64_t n)
{
    if (n >= 16)
        return _mm_loadu_si128((const __m128i *)(const void *)x);
    uint8_t all[16] = {0};
    memcpy(all, x, (size_t)n);
    return _mm_loadu_si128((const __m128i *)(const void *)all);
}

OCT_INLINE __m128i load_eight(const uint8_t *x, int64_t n)
{
    if (n >= 8)
        return _mm_loadl_epi64((const __m128i *)(const void *)x);
    int64_t all = 0;
    memcpy(&all, x, (size_t)n);
    return _mm_cvtsi64_si128(all);
}

/* Bytes 4*v .. 4*v + 3 of each lane as int32. */
OCT_INLINE __m256i spread(__m256i bytes, int v)
{
    const __m256i first = _mm256_setr_epi8(0, -1, -1, -1, 1, -1, -1, -1, 2, -1, -1, -1, 3, -1, -1, -1, 0, -1, -1, -1, 1, -1, -1,
                                           -1, 2, -1, -1, -1, 3, -1, -1, -1);
    return _mm256_shuffle_epi8(bytes, _mm256_add_epi32(first, _mm256_set1_epi32(4 * v)));
}

/* One position of 16 channels. */
OCT_INLINE void store_added_16(uint8_t *y, const uint8_t *r, __m256i a, __m256i b, const float *mult,
                               const oct_conv_u8s8_out *out, const output *o)
{
    const __m128i bytes = _mm_xor_si128(load_bytes(r, o->n), _mm_set1_epi8((char)out->r_flip));
    const __m256i lanes = _mm256_permute4x64_epi64(_mm256_castsi128_si256(bytes), 0x10); /* eight channels a lane */
    store_16(y, add_residual(a, mult, spread(lanes, 0), out, o), add_residual(b, mult + 8, spread(lanes, 1), out, o), o);
}

/* Position i of eight channels each. */
OCT_INLINE __m256i add_eight(const uint8_t *r, const int32_t *sums, int64_t i, int64_t r_step, const float *mult,
                             const oct_conv_u8s8_out *out, const output *o)
{
    const __m128i bytes = _mm_xor_si128(load_eight(r + i * r_step, o->n), _mm_set1_epi8((char)out->r_flip));
    return add_residual(load(sums + 8 * i), mult, _mm256_cvtepu8_epi32(bytes), out, o);
}

/* n <= 4 positions of eight channels each. */
OCT_INLINE void store_added_4x8(uint8_t *y, int64_t y_step, const uint8_t *r, int64_t r_step, int64_t n, const int32_t *sums,
                                const float *mult, const oct_conv_u8s8_out *out, const output *o)
{
    const __m256i a = add_eight(r, sums, 0, r_step, mult, out, o);
    const __m256i b = add_eight(r, sums, n > 1 ? 1 : 0, r_step, mult, out, o);
    const __m256i c = add_eight(r, sums, n > 2 ? 2 : 0, r_step, mult, out, o);
    const __m256i d = add_eight(r, sums, n > 3 ? 3 : 0, r_step, mult, out, o);
    store_4x8(y, y_step, n, a, b, c, d, o);
}

#endif
