/* Convolution of 16-bit images, level avx512vnni. 8-bit weights: vpdpbusd on the low and on the high bytes of x, four
 * channels at once. 16-bit weights: vpdpwssd of x - 32768 with the low and with the high bytes of w, two channels at once.
 * Neither saturates. 3 positions x 64 channels, or 6 x 32: 24 sums in the 32 registers.
 * SPDX-License-Identifier: Apache-2.0 */
#if !defined(__AVX512VNNI__) && !defined(OCT_EMULATED_AVX512)
#error "compile with -mavx512vnni"
#endif
#include "kernels/conv_u16_lanes256.h"

#define VL 16
#define LEVEL_NAME "avx512vnni"
typedef __m512i vec;

/* As intrinsics gcc copies the sums around between them, which halves the speed. */
#if defined(OCT_EMULATED_AVX512)
#define DOT_BYTES(acc, x, w) acc = _mm512_dpbusd_epi32(acc, x, w)
#define DOT_WORDS(acc, x, w) acc = _mm512_dpwssd_epi32(acc, x, w)
#else
#define DOT_BYTES(acc, x, w) __asm__("vpdpbusd %2, %1, %0" : "+v"(acc) : "v"(x), "v"(w))
#define DOT_WORDS(acc, x, w) __asm__("vpdpwssd %2, %1, %0" : "+v"(acc) : "v"(x), "v"(w))
#endif

OCT_INLINE vec load(const void *p)
{
    return _mm512_loadu_si512(p);
}

OCT_INLINE void spill(int32_t *p, vec v)
{
    _mm512_storeu_si512(p, v);
}

OCT_INLINE vec zeros(void)
{
    return _mm512_setzero_si512();
}

OCT_INLINE vec splat_word(uint16_t v)
{
    return _mm512_set1_epi16((short)v);
}

/* ---- int64 sums and their results ---- */

typedef struct wide {
    __m512i a, b; /* channels 0-7, 8-15 */
} wide;

OCT_INLINE __m512i widen_8(const int64_t *from, __m256i lo, __m256i hi)
{
    const __m512i sum = _mm512_add_epi64(load(from), _mm512_cvtepi32_epi64(lo));
    return _mm512_add_epi64(sum, _mm512_slli_epi64(_mm512_cvtepi32_epi64(hi), 8));
}

OCT_INLINE wide widen_two(const int64_t *from, vec lo, vec hi)
{
    return (wide){widen_8(from, _mm512_castsi512_si256(lo), _mm512_castsi512_si256(hi)),
                  widen_8(from + 8, _mm512_extracti64x4_epi64(lo, 1), _mm512_extracti64x4_epi64(hi, 1))};
}

OCT_INLINE wide widen(const int64_t *from, vec v)
{
    return widen_two(from, v, zeros());
}

OCT_INLINE void save(int64_t *to, wide v)
{
    _mm512_storeu_si512(to, v.a);
    _mm512_storeu_si512(to + 8, v.b);
}

typedef struct output {
    __m512d lo, hi;
    __m512i zero;
    __m256i flip;
} output;

OCT_INLINE output get_output(const oct_conv_u16_out *o)
{
    return (output){_mm512_set1_pd(o->lo), _mm512_set1_pd(o->hi), _mm512_set1_epi32(o->zero),
                    _mm256_set1_epi16((short)o->y_flip)};
}

/* round(clamp(acc * mult)); max returns its second operand if the first is NaN. */
OCT_INLINE __m256i scale_8(__m512i acc, const float *mult, const output *o)
{
    const __m512d v = _mm512_mul_pd(_mm512_cvtepi64_pd(acc), _mm512_cvtps_pd(_mm256_loadu_ps(mult)));
    return _mm512_cvtpd_epi32(_mm512_min_pd(_mm512_max_pd(v, o->lo), o->hi));
}

OCT_INLINE void store(uint16_t *y, wide acc, const float *mult, const output *o, int64_t n)
{
    __m512i v = _mm512_castsi256_si512(scale_8(acc.a, mult, o));
    v = _mm512_add_epi32(_mm512_inserti64x4(v, scale_8(acc.b, mult + 8, o), 1), o->zero);
    const __m256i words = _mm256_xor_si256(_mm512_cvtepi32_epi16(v), o->flip);
    if (n >= 16)
        _mm256_storeu_si256((__m256i *)(void *)y, words);
    else if (n > 0)
        _mm256_mask_storeu_epi16(y, (__mmask16)((1 << n) - 1), words);
}

/* ---- tiles ---- */

#include "kernels/conv_u16_tile_simd.h"

/* Four channels in all lanes. */
OCT_INLINE vec splat_quad(const uint16_t *x)
{
    int64_t quad;
    memcpy(&quad, x, sizeof quad);
    return _mm512_set1_epi64(quad);
}

/* Two channels in all lanes, as int16. */
OCT_INLINE vec splat_pair(const uint16_t *x, vec flip)
{
    int32_t pair;
    memcpy(&pair, x, sizeof pair);
    return _mm512_xor_si512(_mm512_set1_epi32(pair), flip);
}

/* [l0 h0 l1 h1 l2 h2 l3 h3] twice a lane -> [l0 l1 l2 l3] or [h0 h1 h2 h3] four times */
OCT_INLINE vec low_bytes(vec q)
{
    return _mm512_shuffle_epi8(q, _mm512_set1_epi32(0x06040200));
}

OCT_INLINE vec high_bytes(vec q)
{
    return _mm512_shuffle_epi8(q, _mm512_set1_epi32(0x07050301));
}

enum { bytes_unit = OCT_CONV_U16_BYTES_UNIT, bytes_fold = OCT_CONV_U16_BYTES_FOLD, bytes_w_step = 4 * VL, bytes_parts = 2 };
enum { halves_unit = OCT_CONV_U16_WORDS_UNIT, halves_fold = OCT_CONV_U16_HALVES_FOLD, halves_w_step = 4 * VL, halves_parts = 2 };
typedef int8_t bytes_weight;
typedef int16_t halves_weight;

#define bytes_SUMS TWO_SUMS
#define bytes_SPILL TWO_SPILL
#define bytes_LOAD_V(p, v) const vec w##v = load(w + v * 64);
#define bytes_LOAD(NV) V_##NV(bytes_LOAD_V, 0)
#define bytes_DOT(p, v) DOT_BYTES(l##p##_##v, lo, w##v); DOT_BYTES(h##p##_##v, hi, w##v);
#define bytes_POSITION(p, NV)                                          \
    {                                                                  \
        const vec q = _mm512_xor_si512(splat_quad(X_##p), flip);       \
        const vec lo = low_bytes(q), hi = high_bytes(q);               \
        V_##NV(bytes_DOT, p)                                           \
    }

#define halves_SUMS TWO_SUMS
#define halves_SPILL TWO_SPILL
#define halves_LOAD_V(p, v) const vec wl##v = load(w + v * 32), wh##v = load(w + (nv + v) * 32);
#define halves_LOAD(NV) V_##NV(halves_LOAD_V, 0)
#define halves_DOT(p, v) DOT_WORDS(l##p##_##v, q, wl##v); DOT_WORDS(h##p##_##v, q, wh##v);
#define halves_POSITION(p, NV) { const vec q = splat_pair(X_##p, flip); V_##NV(halves_DOT, p) }

TILES(bytes, 6, 1) TILES(bytes, 6, 2) TILES(bytes, 3, 4)
TILES(halves, 6, 1) TILES(halves, 6, 2) TILES(halves, 2, 4)

static const oct_conv_u16_tiles byte_tiles = {
    .form = OCT_CONV_U16_BYTES,
    .vl = VL,
    .nv = 4,
    .max_p = {[1] = 6, [2] = 6, [4] = 3},
    .run = {[1] = bytes_1, [2] = bytes_2, [4] = bytes_4},
    .names = {[1] = "avx512vnni u16s8 6x16", [2] = "avx512vnni u16s8 6x32", [4] = "avx512vnni u16s8 3x64"},
};

static const oct_conv_u16_tiles word_tiles = {
    .form = OCT_CONV_U16_HALVES,
    .vl = VL,
    .nv = 2,
    .max_p = {[1] = 6, [2] = 6, [4] = 2},
    .run = {[1] = halves_1, [2] = halves_2, [4] = halves_4},
    .names = {[1] = "avx512vnni u16s16 6x16", [2] = "avx512vnni u16s16 6x32", [4] = "avx512vnni u16s16 2x64"},
};

#include "kernels/conv_u16_level_simd.h"

const oct_conv_u16 oct_conv_u16_avx512vnni = {describe, packed_size, pack, n_items, run};
