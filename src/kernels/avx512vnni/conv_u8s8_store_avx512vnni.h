/* conv_u8s8_store_avx512vnni.h: from sums to bytes in memory, with or without a residual. A position of 16 * nv channels is
 * nv vectors; lane l of vector v has channels 4*nv*l + 4*v + 0..3, which packing to bytes brings into order. Also the
 * instruction that all sums come from.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_CONV_U8S8_STORE_AVX512VNNI_H
#define OCT_CONV_U8S8_STORE_AVX512VNNI_H

#include <immintrin.h>

#include "base/compiler.h"
#include "kernels/conv_u8s8_plan.h"

OCT_INLINE __m512i load(const void *p)
{
    return _mm512_loadu_si512(p);
}

OCT_INLINE __mmask64 first_bits(int64_t n)
{
    return n >= 64 ? ~(__mmask64)0 : ((__mmask64)1 << n) - 1;
}

/* acc += x * w. As an intrinsic gcc copies the sums around between its instructions, which halves the speed. */
#if defined(OCT_EMULATED_AVX512)
#define DOT(acc, x, w) acc = _mm512_dpbusd_epi32(acc, x, w)
#else
#define DOT(acc, x, w) __asm__("vpdpbusd %2, %1, %0" : "+v"(acc) : "v"(x), "v"(w))
#endif

/* Where channel c of nv vectors lies. */
OCT_INLINE int64_t slot(int64_t nv, int64_t c)
{
    return c % (4 * nv) / 4 * 16 + c / (4 * nv) * 4 + c % 4;
}

typedef struct output {
    __m512 hi;
    __m512i zero, lo, top, flip;
    int64_t n; /* channels to store */
} output;

OCT_INLINE output get_output(const oct_conv_u8s8_out *o, int64_t n)
{
    return (output){_mm512_set1_ps(o->hi), _mm512_set1_epi16((short)o->zero), _mm512_set1_epi8((char)o->y_lo),
                    _mm512_set1_epi8((char)o->y_hi), _mm512_set1_epi8((char)o->y_flip), n};
}

/* round(v), which the packs saturate; min returns its second operand if that is NaN, and NaN and what is below int32 convert
 * to INT_MIN: the smallest result. */
OCT_INLINE __m512i round_any(__m512 v, const output *o)
{
    return _mm512_cvtps_epi32(_mm512_min_ps(o->hi, v));
}

/* The same of acc * mult where that is bounded. */
OCT_INLINE __m512i scale(__m512i acc, __m512 mult)
{
    return _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_cvtepi32_ps(acc), mult));
}

/* In each 16-byte lane: four bytes of each of the vectors, in order. */
OCT_INLINE __m512i pack(__m512i a, __m512i b, __m512i c, __m512i d, const output *o)
{
    __m512i ab = _mm512_adds_epi16(_mm512_packs_epi32(a, b), o->zero);
    __m512i cd = _mm512_adds_epi16(_mm512_packs_epi32(c, d), o->zero);
    return _mm512_xor_si512(_mm512_max_epu8(_mm512_min_epu8(_mm512_packus_epi16(ab, cd), o->top), o->lo), o->flip);
}

/* One position of 64 channels, channel 16*l + 4*v + e in lane l of vector v. */
OCT_INLINE void store_64(uint8_t *y, __m512i a, __m512i b, __m512i c, __m512i d, const output *o)
{
    if (o->n == 64)
        _mm512_storeu_si512(y, pack(a, b, c, d, o));
    else
        _mm512_mask_storeu_epi8(y, first_bits(o->n), pack(a, b, c, d, o));
}

/* Two positions of 32 channels, channel 8*l + 4*v + e in lane l of vector v. */
OCT_INLINE void store_2x32(uint8_t *y0, uint8_t *y1, __m512i a, __m512i b, __m512i c, __m512i d, const output *o)
{
    const __m512i order = _mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7);
    const __m512i both = _mm512_permutexvar_epi64(order, pack(a, b, c, d, o));
    const __m256i first = _mm512_castsi512_si256(both), second = _mm512_extracti64x4_epi64(both, 1);
    if (o->n == 32) {
        _mm256_storeu_si256((__m256i *)(void *)y0, first);
        _mm256_storeu_si256((__m256i *)(void *)y1, second);
    } else {
        _mm256_mask_storeu_epi8(y0, (__mmask32)first_bits(o->n), first);
        _mm256_mask_storeu_epi8(y1, (__mmask32)first_bits(o->n), second);
    }
}

/* Four positions y_step apart of 16 channels. */
OCT_INLINE void store_4x16(uint8_t *y, int64_t y_step, __m512i a, __m512i b, __m512i c, __m512i d, const output *o)
{
    const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    const __m512i all = _mm512_permutexvar_epi32(order, pack(a, b, c, d, o));
    const __m128i part[4] = {_mm512_castsi512_si128(all), _mm512_extracti32x4_epi32(all, 1), _mm512_extracti32x4_epi32(all, 2),
                             _mm512_extracti32x4_epi32(all, 3)};
    for (int i = 0; i < 4; i++)
        if (o->n == 16)
            _mm_storeu_si128((__m128i *)(void *)(y + i * y_step), part[i]);
        else
            _mm_mask_storeu_epi8(y + i * y_step, (__mmask16)first_bits(o->n), part[i]);
}

/* One position of 16 channels. */
OCT_INLINE void store_16(uint8_t *y, __m512i a, const output *o)
{
    const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12);
    const __m512i all = _mm512_permutexvar_epi32(order, pack(a, a, a, a, o));
    _mm_mask_storeu_epi8(y, (__mmask16)first_bits(o->n), _mm512_castsi512_si128(all));
}

/* ---- with a residual, or a multiplier that is not bounded ---- */

typedef struct residual {
    const oct_conv_u8s8_out *o;
    __m512 scale, less, fixed, q_lo, q_hi, q_zero, q_scale;
    __m512i flip;
} residual;

OCT_INLINE residual get_residual(const oct_conv_u8s8_out *o)
{
    return (residual){o, _mm512_set1_ps(o->r_scale), _mm512_set1_ps(o->r_less), _mm512_set1_ps(o->fixed),
                      _mm512_set1_ps(o->q.lo), _mm512_set1_ps(o->q.hi), _mm512_set1_ps((float)o->q.zero),
                      _mm512_set1_ps(o->q_scale), _mm512_set1_epi8((char)o->r_flip)};
}

/* One vector, r: its bytes as int32. Result as of scale(). */
OCT_INLINE __m512i add_residual(__m512i acc, __m512 mult, __m512i r, const residual *s, const output *o)
{
    const __m512 a = _mm512_cvtepi32_ps(acc), rf = _mm512_sub_ps(_mm512_cvtepi32_ps(r), s->less);
    __m512 v;
    if (s->o->add == OCT_CONV_U8S8_NO_ADD) {
        v = _mm512_mul_ps(a, mult);
    } else if (s->o->add == OCT_CONV_U8S8_ADD_EXACT) {
        v = _mm512_fmadd_ps(a, mult, _mm512_fmadd_ps(rf, s->scale, s->fixed));
    } else {
        const __m512 in = _mm512_max_ps(_mm512_min_ps(s->q_hi, _mm512_mul_ps(a, mult)), s->q_lo);
        const __m512 q = _mm512_add_ps(_mm512_roundscale_ps(in, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC), s->q_zero);
        v = s->o->r_first ? _mm512_fmadd_ps(rf, s->scale, _mm512_fmadd_ps(q, s->q_scale, s->fixed))
                          : _mm512_fmadd_ps(q, s->q_scale, _mm512_fmadd_ps(rf, s->scale, s->fixed));
    }
    return round_any(v, o);
}

/* Bytes of vector v of nv as int32: channels 4*nv*l + 4*v + e are in lane l. */
OCT_INLINE __m512i spread(__m512i bytes, int64_t nv, int64_t v)
{
    const __m512i lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    const __m512i four = _mm512_add_epi32(_mm512_mullo_epi32(_mm512_srli_epi32(lanes, 2), _mm512_set1_epi32((int)nv)),
                                          _mm512_set1_epi32((int)v)); /* which four bytes, in all elements of a lane */
    const __m512i shift = _mm512_slli_epi32(_mm512_and_si512(lanes, _mm512_set1_epi32(3)), 3);
    return _mm512_and_si512(_mm512_srlv_epi32(_mm512_permutexvar_epi32(four, bytes), shift), _mm512_set1_epi32(255));
}

/* n positions of nv vectors whose sums lie one after the other. */
OCT_INLINE void store_added(uint8_t *y, int64_t y_step, const uint8_t *r, int64_t r_step, const int32_t *sums,
                            const float *mult, int64_t n, int64_t nv, int64_t n_oc, const oct_conv_u8s8_out *out)
{
    const output o = get_output(out, n_oc);
    const residual s = get_residual(out);
    for (int64_t p = 0; p < n; p++, y += y_step, r += r_step) {
        const __m512i bytes = _mm512_xor_si512(_mm512_maskz_loadu_epi8(first_bits(n_oc), r), s.flip);
        __m512i a[4] = {_mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512()};
        for (int64_t v = 0; v < nv; v++, sums += 16)
            a[v] = add_residual(load(sums), _mm512_loadu_ps(mult + 16 * v), spread(bytes, nv, v), &s, &o);
        if (nv == 1)
            store_16(y, a[0], &o);
        else if (nv == 2)
            store_2x32(y, y, a[0], a[1], a[0], a[1], &o);
        else
            store_64(y, a[0], a[1], a[2], a[3], &o);
    }
}

#endif
