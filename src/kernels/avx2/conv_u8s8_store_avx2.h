/* conv_u8s8_store_avx2.h: from sums to bytes in memory, with or without a residual. A position of 16 or 32
 * channels is 2 or 4 vectors (n); lane l of vector v has channels 4*n*l + 4*v + 0..3, which packing to bytes brings into order.
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
    int64_t n; /* channels to store */
} output;

OCT_INLINE output get_output(const oct_conv_u8s8_out *o, int64_t n)
{
    return (output){_mm256_set1_ps(o->hi), _mm256_set1_epi16((short)o->zero), _mm256_set1_epi8((char)o->y_lo),
                    _mm256_set1_epi8((char)o->y_hi), _mm256_set1_epi8((char)o->y_flip), n};
}

/* round(v), which the packs saturate; min returns its second operand if that is NaN, and NaN and what is below int32 convert
 * to INT_MIN: the smallest result. */
OCT_INLINE __m256i round_any(__m256 v, const output *o)
{
    return _mm256_cvtps_epi32(_mm256_min_ps(o->hi, v));
}

/* The same of acc * mult where that is bounded. */
OCT_INLINE __m256i scale(__m256i acc, const float *mult)
{
    return _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_cvtepi32_ps(acc), _mm256_loadu_ps(mult)));
}

/* Where channel c of nv times 16 lies. */
OCT_INLINE int64_t slot(int64_t nv, int64_t c)
{
    return c % (8 * nv) / 4 * 8 + c / (8 * nv) * 4 + c % 4;
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

/* One position of 16 channels. */
OCT_INLINE void store_16(uint8_t *y, __m256i a, __m256i b, const output *o)
{
    const __m256i words = _mm256_adds_epi16(_mm256_packs_epi32(a, b), o->zero);
    const __m128i bytes = _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
    const __m128i clamped =
        _mm_max_epu8(_mm_min_epu8(bytes, _mm256_castsi256_si128(o->top)), _mm256_castsi256_si128(o->lo));
    store_bytes(y, _mm_xor_si128(clamped, _mm256_castsi256_si128(o->flip)), o->n);
}

/* One position of 32 channels. */
OCT_INLINE void store_32(uint8_t *y, __m256i a, __m256i b, __m256i c, __m256i d, const output *o)
{
    const __m256i ab = _mm256_adds_epi16(_mm256_packs_epi32(a, b), o->zero);
    const __m256i cd = _mm256_adds_epi16(_mm256_packs_epi32(c, d), o->zero);
    const __m256i clamped = _mm256_max_epu8(_mm256_min_epu8(_mm256_packus_epi16(ab, cd), o->top), o->lo);
    const __m256i bytes = _mm256_xor_si256(clamped, o->flip);
    if (o->n >= 32) {
        _mm256_storeu_si256((__m256i *)(void *)y, bytes);
        return;
    }
    uint8_t all[32];
    _mm256_storeu_si256((__m256i *)(void *)all, bytes);
    memcpy(y, all, (size_t)o->n);
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

/* One position of 32 channels. */
OCT_INLINE void store_added_32(uint8_t *y, const uint8_t *r, const int32_t *sums, const float *mult,
                               const oct_conv_u8s8_out *out, const output *o)
{
    const __m128i lo = load_bytes(r, o->n), hi = load_bytes(r + 16, o->n - 16);
    const __m256i bytes = _mm256_xor_si256(_mm256_inserti128_si256(_mm256_castsi128_si256(lo), hi, 1),
                                           _mm256_set1_epi8((char)out->r_flip));
    store_32(y, add_residual(load(sums), mult, spread(bytes, 0), out, o),
             add_residual(load(sums + 8), mult + 8, spread(bytes, 1), out, o),
             add_residual(load(sums + 16), mult + 16, spread(bytes, 2), out, o),
             add_residual(load(sums + 24), mult + 24, spread(bytes, 3), out, o), o);
}

#endif
