/* Convolution of 16-bit images, level avx2: vpmaddwd multiplies pairs of x - 32768 with weights of at most 9 bits, whose
 * int32 sums are folded into int64 before they could overflow. 4 positions x 16 channels; 2 x 16 with 16-bit weights, which
 * take two passes.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef __AVX2__
#error "compile with -mavx2"
#endif
#include "kernels/conv_u16_lanes256.h"

#define VL 8
#define LEVEL_NAME "avx2"
typedef __m256i vec;
typedef output_256 output;

OCT_INLINE vec load(const void *p)
{
    return load_256(p);
}

OCT_INLINE void spill(int32_t *p, vec v)
{
    _mm256_storeu_si256((__m256i *)(void *)p, v);
}

OCT_INLINE vec zeros(void)
{
    return _mm256_setzero_si256();
}

OCT_INLINE vec splat_word(uint16_t v)
{
    return _mm256_set1_epi16((short)v);
}

/* ---- int64 sums and their results ---- */

typedef struct wide {
    __m256i a, b; /* channels 0-3, 4-7 */
} wide;

OCT_INLINE wide widen_two(const int64_t *from, vec lo, vec hi)
{
    return (wide){fold_4(from, _mm256_castsi256_si128(lo), _mm256_castsi256_si128(hi)),
                  fold_4(from + 4, _mm256_extracti128_si256(lo, 1), _mm256_extracti128_si256(hi, 1))};
}

OCT_INLINE wide widen(const int64_t *from, vec v)
{
    return (wide){_mm256_add_epi64(load(from), _mm256_cvtepi32_epi64(_mm256_castsi256_si128(v))),
                  _mm256_add_epi64(load(from + 4), _mm256_cvtepi32_epi64(_mm256_extracti128_si256(v, 1)))};
}

OCT_INLINE void save(int64_t *to, wide v)
{
    _mm256_storeu_si256((__m256i *)(void *)to, v.a);
    _mm256_storeu_si256((__m256i *)(void *)(to + 4), v.b);
}

OCT_INLINE output get_output(const oct_conv_u16_out *o)
{
    return get_output_256(o);
}

OCT_INLINE void store(uint16_t *y, wide acc, const float *mult, const output *o, int64_t n)
{
    store_8(y, acc.a, acc.b, mult, o, n);
}

/* ---- tiles ---- */

#include "kernels/conv_u16_tile_simd.h"

/* Two channels in all lanes, as int16. */
OCT_INLINE vec splat_pair(const uint16_t *x, vec flip)
{
    int32_t pair;
    memcpy(&pair, x, sizeof pair);
    return _mm256_xor_si256(_mm256_set1_epi32(pair), flip);
}

OCT_INLINE vec madd(vec acc, vec x, const int16_t *w)
{
    return _mm256_add_epi32(acc, _mm256_madd_epi16(x, load_256(w)));
}

enum { words_unit = OCT_CONV_U16_WORDS_UNIT, words_fold = OCT_CONV_U16_WORDS_FOLD, words_w_step = 2 * VL, words_parts = 1 };
enum { halves_unit = OCT_CONV_U16_WORDS_UNIT, halves_fold = OCT_CONV_U16_HALVES_FOLD, halves_w_step = 4 * VL, halves_parts = 2 };
typedef int16_t words_weight, halves_weight;

#define words_SUMS ONE_SUMS
#define words_SPILL ONE_SPILL
#define words_LOAD(NV)
#define words_DOT(p, v) l##p##_##v = madd(l##p##_##v, q, w + v * 16);
#define words_POSITION(p, NV) { const vec q = splat_pair(X_##p, flip); V_##NV(words_DOT, p) }

#define halves_SUMS TWO_SUMS
#define halves_SPILL TWO_SPILL
#define halves_LOAD(NV)
#define halves_DOT(p, v)                                     \
    l##p##_##v = madd(l##p##_##v, q, w + v * 16);            \
    h##p##_##v = madd(h##p##_##v, q, w + (nv + v) * 16);
#define halves_POSITION(p, NV) { const vec q = splat_pair(X_##p, flip); V_##NV(halves_DOT, p) }

TILES(words, 4, 1) TILES(words, 4, 2) TILES(halves, 4, 1) TILES(halves, 2, 2)

static const oct_conv_u16_tiles byte_tiles = {
    .form = OCT_CONV_U16_WORDS,
    .vl = VL,
    .nv = 2,
    .max_p = {[1] = 4, [2] = 4},
    .run = {[1] = words_1, [2] = words_2},
    .names = {[1] = "avx2 u16s8 4x8", [2] = "avx2 u16s8 4x16"},
};

static const oct_conv_u16_tiles word_tiles = {
    .form = OCT_CONV_U16_HALVES,
    .vl = VL,
    .nv = 2,
    .max_p = {[1] = 4, [2] = 2},
    .run = {[1] = halves_1, [2] = halves_2},
    .names = {[1] = "avx2 u16s16 4x8", [2] = "avx2 u16s16 2x16"},
};

#include "kernels/conv_u16_level_simd.h"

const oct_conv_u16 oct_conv_u16_avx2 = {describe, packed_size, pack, n_items, run};
