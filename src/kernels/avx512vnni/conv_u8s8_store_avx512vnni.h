/* conv_u8s8_store_avx512vnni.h: from sums to bytes in memory, with or without a residual. A position of 16 * nv channels is
 * nv vectors; lane l of vector v has channels 4*nv*l + 4*v + 0..3, which packing to bytes brings into order. Sums are stored
 * in units of four vectors, 64 bytes: one position of 64 channels, two of 32 or four of 16. Also the instruction that all
 * sums come from.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_CONV_U8S8_STORE_AVX512VNNI_H
#define OCT_CONV_U8S8_STORE_AVX512VNNI_H

#include <immintrin.h>
#include <math.h>
#include <string.h>

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

#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 64")
#endif

/* Hide where a number comes from. */
#if defined(OCT_EMULATED_AVX512)
#define OPAQUE(n)
#else
#define OPAQUE(n) __asm__("" : "+r"(n))
#endif

/* Have a vector in a register, here. */
#if defined(OCT_EMULATED_AVX512)
#define IN_REGISTER(v)
#else
#define IN_REGISTER(v) __asm__("" : "+v"(v))
#endif

/* acc += x * w. As an intrinsic gcc copies the sums around between its instructions, which halves the speed. */
#if defined(OCT_EMULATED_AVX512)
#define DOT(acc, x, w) acc = _mm512_dpbusd_epi32(acc, x, w)
#else
#define DOT(acc, x, w) __asm__("vpdpbusd %2, %1, %0" : "+v"(acc) : "v"(x), "v"(w))
#endif

/* a * the 16 numbers at p, from there: loaded, gcc keeps them for the next use, for which it has no register. */
OCT_INLINE __m512 mul_from(__m512 a, const float *p)
{
#if defined(OCT_EMULATED_AVX512)
    return _mm512_mul_ps(a, _mm512_loadu_ps(p));
#else
    __m512 v;
    __asm__("vmulps %2, %1, %0" : "=v"(v) : "v"(a), "m"(*(const float(*)[16])p));
    return v;
#endif
}

/* Where channel c of nv vectors lies. */
OCT_INLINE int64_t slot(int64_t nv, int64_t c)
{
    return c % (4 * nv) / 4 * 16 + c / (4 * nv) * 4 + c % 4;
}

/* The same for a panel of a dense convolution, whose halves of 32 channels are stored on their own. */
OCT_INLINE int64_t dense_slot(int64_t nv, int64_t c)
{
    return nv == 4 ? c / 32 * 32 + slot(2, c % 32) : slot(nv, c);
}

typedef struct output {
    __m512 hi;
    __m512i zero, lo, top, flip;
} output;

OCT_INLINE output get_output(const oct_conv_u8s8_out *o)
{
    return (output){_mm512_set1_ps(o->hi), _mm512_set1_epi16((short)o->zero), _mm512_set1_epi8((char)o->y_lo),
                    _mm512_set1_epi8((char)o->y_hi), _mm512_set1_epi8((char)o->y_flip)};
}

/* round(v), which the packs saturate; min returns its second operand if that is NaN, and NaN and what is below int32 convert
 * to INT_MIN: the smallest result. */
OCT_INLINE __m512i round_any(__m512 v, const output *o)
{
    return _mm512_cvtps_epi32(_mm512_min_ps(o->hi, v));
}

/* The same of acc * mult where that is bounded. */
OCT_INLINE __m512i scale(__m512i acc, const float *mult)
{
    return _mm512_cvtps_epi32(mul_from(_mm512_cvtepi32_ps(acc), mult));
}

OCT_INLINE __m512i pack_words(__m512i a, __m512i b, const output *o)
{
    const __m512i words = _mm512_packs_epi32(a, b);
#if defined(OCT_EMULATED_AVX512)
    return _mm512_adds_epi16(words, o->zero);
#else
    __m512i v; /* from memory, as in mul_from */
    __asm__("vpaddsw %2, %1, %0" : "=v"(v) : "v"(words), "m"(o->zero));
    return v;
#endif
}

OCT_INLINE __m512i pack_bytes(__m512i ab, __m512i cd, const output *o)
{
    return _mm512_xor_si512(_mm512_max_epu8(_mm512_min_epu8(_mm512_packus_epi16(ab, cd), o->top), o->lo), o->flip);
}

/* In each 16-byte lane: four bytes of each of the vectors, in order. */
OCT_INLINE __m512i pack(__m512i a, __m512i b, __m512i c, __m512i d, const output *o)
{
    return pack_bytes(pack_words(a, b, o), pack_words(c, d, o), o);
}

/* ---- units ---- */

typedef enum finish {
    FINISH_PLAIN, /* multiplier bounded, no residual */
    FINISH_ADD,   /* a uint8 residual, all values bounded */
    FINISH_ANY,   /* whatever there is, from memory */
    FINISH_SUMS   /* int32 */
} finish;

/* How a residual is added, see oct_conv_u8s8_store. */
typedef enum add_order { EXACT, Q_FIRST, R_FIRST } add_order;

/* How sums become what is stored, the same for many units. */
typedef struct finisher {
    int64_t y_step, r_step;
    finish how;
    bool adds;
    add_order order;
    output o;
    __m512 r_scale, r_less, fixed, q_lo, q_hi, q_scale, round, unround;
    __m512i r_flip;
} finisher;

/* Results that wait for being stored. */
typedef struct waiting {
    uint8_t *y;
    const uint8_t *r;
    const float *mult;
    int64_t n;      /* positions */
    __mmask64 mask; /* channels */
} waiting;

static finish get_finish(const oct_conv_u8s8_out *o, bool bounded)
{
    const float most = 512 * fabsf(o->q_scale) + 256 * fabsf(o->r_scale) + fabsf(o->fixed);
    const bool small = most < 0x1p29f && o->r_less == 0; /* also that it is a number */
    if (o->is_sums)
        return FINISH_SUMS;
    if (o->add == OCT_CONV_U8S8_ADD_EXACT)
        return small && bounded ? FINISH_ADD : FINISH_ANY;
    if (o->add == OCT_CONV_U8S8_ADD_ROUNDED)
        return small ? FINISH_ADD : FINISH_ANY;
    return bounded ? FINISH_PLAIN : FINISH_ANY;
}

/* x + round - round rounds x half to even where |x| < 2^22; with unround, q.zero is added too, exactly. */
#define ROUND 0x1.8p23f

/* Not inlined: its vectors are then in memory, not in registers that the sums need. */
OCT_NOINLINE void get_finisher(finisher *f, const oct_conv_u8s8_out *o, bool bounded, int64_t y_step, int64_t r_step)
{
    *f = (finisher){.y_step = y_step, .r_step = r_step, .how = get_finish(o, bounded),
                    .adds = o->add != OCT_CONV_U8S8_NO_ADD,
                    .order = o->add == OCT_CONV_U8S8_ADD_EXACT ? EXACT : o->r_first ? R_FIRST : Q_FIRST, .o = get_output(o),
                    .r_scale = _mm512_set1_ps(o->r_scale), .r_less = _mm512_set1_ps(o->r_less),
                    .fixed = _mm512_set1_ps(o->fixed), .q_lo = _mm512_set1_ps(o->q.lo), .q_hi = _mm512_set1_ps(o->q.hi),
                    .q_scale = _mm512_set1_ps(o->q_scale), .round = _mm512_set1_ps(ROUND),
                    .unround = _mm512_set1_ps(ROUND - (float)o->q.zero), .r_flip = _mm512_set1_epi8((char)o->r_flip)};
}

/* Packed bytes of a unit into the order of memory; the halves of 64 channels are like two positions of 32. */
OCT_INLINE __m512i to_positions(__m512i bytes, int64_t nv)
{
    if (nv > 1)
        return _mm512_permutexvar_epi64(_mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7), bytes);
    return _mm512_permutexvar_epi32(_mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15), bytes);
}

/* The reverse of that. */
OCT_INLINE __m512i from_positions(__m512i bytes, int64_t nv)
{
    return nv > 1 ? _mm512_permutexvar_epi64(_mm512_setr_epi64(0, 4, 1, 5, 2, 6, 3, 7), bytes) : to_positions(bytes, nv);
}

/* Masked stores that store all cost no more than others (Zen 5). */
OCT_INLINE void store_unit(const finisher *f, waiting s, __m512i packed, int64_t nv)
{
    const __m512i bytes = to_positions(packed, nv);
    const __m256i second = _mm512_extracti64x4_epi64(bytes, 1);
    uint8_t *y = s.y;
    if (nv == 4) {
        _mm512_mask_storeu_epi8(y, s.mask, bytes);
    } else if (nv == 2) {
        _mm256_mask_storeu_epi8(y, (__mmask32)s.mask, _mm512_castsi512_si256(bytes));
        if (s.n > 1)
            _mm256_mask_storeu_epi8(y + f->y_step, (__mmask32)s.mask, second);
    } else {
        const __m128i part[4] = {_mm512_castsi512_si128(bytes), _mm512_extracti32x4_epi32(bytes, 1),
                                 _mm256_castsi256_si128(second), _mm256_extracti128_si256(second, 1)};
        for (int64_t i = 0; i < 4 && i < s.n; i++)
            _mm_mask_storeu_epi8(y + i * f->y_step, (__mmask16)s.mask, part[i]);
    }
}

/* The residual's bytes of a unit, in the order of packed ones. */
OCT_INLINE __m512i load_residual(const finisher *f, waiting s, int64_t nv)
{
    const __mmask64 m = s.mask;
    const uint8_t *r = s.r;
    const int64_t step = f->r_step;
    __m512i bytes;
    if (nv == 4) {
        bytes = _mm512_maskz_loadu_epi8(m, r);
    } else if (nv == 2) {
        const __m256i a = _mm256_maskz_loadu_epi8((__mmask32)m, r);
        const __m256i b = s.n > 1 ? _mm256_maskz_loadu_epi8((__mmask32)m, r + step) : _mm256_setzero_si256();
        bytes = _mm512_inserti64x4(_mm512_castsi256_si512(a), b, 1);
    } else {
        __m128i part[4] = {_mm_setzero_si128(), _mm_setzero_si128(), _mm_setzero_si128(), _mm_setzero_si128()};
        for (int64_t i = 0; i < 4 && i < s.n; i++)
            part[i] = _mm_maskz_loadu_epi8((__mmask16)m, r + i * step);
        const __m256i a = _mm256_inserti128_si256(_mm256_castsi128_si256(part[0]), part[1], 1);
        const __m256i b = _mm256_inserti128_si256(_mm256_castsi128_si256(part[2]), part[3], 1);
        bytes = _mm512_inserti64x4(_mm512_castsi256_si512(a), b, 1);
    }
    return from_positions(bytes, nv);
}

/* Bytes 4*v .. 4*v + 3 of each lane as float. */
OCT_INLINE __m512 spread(__m512i bytes, int v)
{
    const __m512i which = _mm512_set_epi32(-256 + 3, -256 + 2, -256 + 1, -256, -256 + 3, -256 + 2, -256 + 1, -256, -256 + 3,
                                           -256 + 2, -256 + 1, -256, -256 + 3, -256 + 2, -256 + 1, -256);
    return _mm512_cvtepi32_ps(_mm512_shuffle_epi8(bytes, _mm512_add_epi32(which, _mm512_set1_epi32(4 * v))));
}

/* Vector v of a unit and of the residual's bytes; any: both may be any number. Result as of scale(). */
OCT_INLINE __m512i add_vector(const finisher *f, waiting s, __m512i acc, int v, __m512i bytes, add_order order, bool any, int64_t nv)
{
    const float *mult = s.mult + 16 * (v % nv);
    const __m512 a = _mm512_cvtepi32_ps(acc);
    const __m512 r = any ? _mm512_sub_ps(spread(bytes, v), f->r_less) : spread(bytes, v);
    __m512 sum;
    if (order == EXACT) {
        sum = _mm512_fmadd_ps(a, _mm512_loadu_ps(mult), _mm512_fmadd_ps(r, f->r_scale, f->fixed));
    } else {
        const __m512 in = _mm512_max_ps(_mm512_min_ps(f->q_hi, mul_from(a, mult)), f->q_lo);
        const __m512 q = _mm512_sub_ps(_mm512_add_ps(in, f->round), f->unround);
        sum = order == R_FIRST ? _mm512_fmadd_ps(r, f->r_scale, _mm512_fmadd_ps(q, f->q_scale, f->fixed))
                               : _mm512_fmadd_ps(q, f->q_scale, _mm512_fmadd_ps(r, f->r_scale, f->fixed));
    }
    return any ? round_any(sum, &f->o) : _mm512_cvtps_epi32(sum);
}

/* Four vectors, not packed yet. */
typedef struct rounded {
    __m512i v[4];
} rounded;

OCT_INLINE rounded add_residual(const finisher *f, waiting s, rounded u, add_order order, bool any, int64_t nv, int n)
{
    __m512i bytes = load_residual(f, s, nv);
    if (any)
        bytes = _mm512_xor_si512(bytes, f->r_flip);
    UNROLL for (int v = 0; v < 4; v++)
        u.v[v] = v < n ? add_vector(f, s, u.v[v], v, bytes, order, any, nv) : u.v[v - n];
    return u;
}

OCT_INLINE rounded scale_all(const finisher *f, waiting s, rounded u, bool any, int64_t nv, int n)
{
    UNROLL for (int v = 0; v < 4; v++) {
        const float *mult = s.mult + 16 * (v % nv);
        if (v >= n)
            u.v[v] = u.v[v - n];
        else if (any)
            u.v[v] = round_any(mul_from(_mm512_cvtepi32_ps(u.v[v]), mult), &f->o);
        else
            u.v[v] = scale(u.v[v], mult);
    }
    return u;
}

/* One unit of n vectors, 4, or 2 of the last position of 32 channels; s: where to. Branches are those of a layer. */
OCT_INLINE void finish_as(const finisher *f, waiting s, rounded u, finish how, int64_t nv, int n)
{
    const bool any = how == FINISH_ANY;
    if (how == FINISH_PLAIN || (any && !f->adds))
        u = scale_all(f, s, u, any, nv, n);
    else if (f->order == EXACT)
        u = add_residual(f, s, u, EXACT, any, nv, n);
    else if (f->order == Q_FIRST)
        u = add_residual(f, s, u, Q_FIRST, any, nv, n);
    else
        u = add_residual(f, s, u, R_FIRST, any, nv, n);
    s.n = n < 4 ? 1 : s.n;
    store_unit(f, s, pack(u.v[0], u.v[1], u.v[2], u.v[3], &f->o), nv);
}

OCT_INLINE waiting finish_unit(const finisher *f, waiting s, __m512i a, __m512i b, __m512i c, __m512i d, finish how, int64_t nv)
{
    finish_as(f, s, (rounded){{a, b, c, d}}, how, nv, 4);
    return (waiting){s.y + 4 / nv * f->y_step, s.r + 4 / nv * f->r_step, s.mult, s.n - 4 / nv, s.mask};
}

/* Sums of one position as they are. */
OCT_INLINE void copy_sums(waiting s, const int32_t *sums, int64_t nv)
{
    const int64_t n_oc = _mm_popcnt_u64(s.mask);
    for (int64_t c = 0; c < n_oc; c += 4)
        memcpy(s.y + 4 * c, sums + dense_slot(nv, c), (size_t)oct_min64(n_oc - c, 4) * sizeof(int32_t));
}

OCT_INLINE void finish_spilled(const finisher *f, waiting s, const int32_t *sums, int64_t nv)
{
    for (; s.n > 0; sums += 64)
        s = finish_unit(f, s, load(sums), load(sums + 16), load(sums + 32), load(sums + 48), FINISH_ANY, nv);
}

/* Results whose sums lie in memory. */
OCT_NOINLINE void finish_all(const finisher *f, waiting s, const int32_t *sums, int64_t nv)
{
    for (; f->how == FINISH_SUMS && s.n > 0; s.n--, s.y += f->y_step, sums += 16 * nv)
        copy_sums(s, sums, nv);
    if (nv == 1)
        finish_spilled(f, s, sums, 1);
    else if (nv == 2)
        finish_spilled(f, s, sums, 2);
    else
        finish_spilled(f, s, sums, 4);
}

#endif
