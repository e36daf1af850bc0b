/* Convolution of uint8 with int8, level avx2: pairs of int16 by vpmaddwd, whose sums of at most 2*255*128 do not saturate.
 * Dense: 2 positions x 32 channels, or 4 x 16. Depthwise: 16 channels.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef __AVX2__
#error "compile with -mavx2"
#endif
#include <immintrin.h>
#include <string.h>

#include "base/compiler.h"
#include "kernels/conv_u8s8_dense.h"
#include "kernels/conv_u8s8_dw.h"

OCT_INLINE __m256i load(const void *p)
{
    return _mm256_loadu_si256((const __m256i *)p);
}

/* ---- requantization and stores ---- */

typedef struct output {
    __m256 hi;
    __m256i zero;
    __m128i flip;
    int64_t n; /* channels to store */
} output;

OCT_INLINE output get_output(const oct_conv_u8s8_out *o, int64_t n)
{
    return (output){_mm256_set1_ps(o->hi), _mm256_set1_epi16((short)o->zero), _mm_set1_epi8((char)o->y_flip), n};
}

/* round(acc * mult), which the packs saturate; min returns its second operand if that is NaN, and NaN and what is below
 * int32 convert to INT_MIN: the smallest result. */
OCT_INLINE __m256i scale(__m256i acc, const float *mult, const output *o)
{
    const __m256 v = _mm256_mul_ps(_mm256_cvtepi32_ps(acc), _mm256_loadu_ps(mult));
    return _mm256_cvtps_epi32(_mm256_min_ps(o->hi, v));
}

OCT_INLINE void store_bytes(uint8_t *y, __m128i bytes, int64_t n)
{
    if (n == 16) {
        _mm_storeu_si128((__m128i *)(void *)y, bytes);
        return;
    }
    uint8_t all[16];
    _mm_storeu_si128((__m128i *)(void *)all, bytes);
    memcpy(y, all, (size_t)n);
}

/* Channels 0-7 and 8-15 of one position.
 * packs [0-3 8-11 | 4-7 12-15] int16     permute [0-3 4-7 | 8-11 12-15]     packs of both halves: 16 bytes */
OCT_INLINE void store_position(uint8_t *y, __m256i lo, __m256i hi, const float *mult, const output *o)
{
    __m256i words = _mm256_packs_epi32(scale(lo, mult, o), scale(hi, mult + 8, o));
    words = _mm256_permute4x64_epi64(_mm256_adds_epi16(words, o->zero), 0xd8);
    const __m128i bytes = _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
    store_bytes(y, _mm_xor_si128(bytes, o->flip), o->n);
}

/* ---- dense ---- */

/* Four bytes in all lanes, as uint8. */
OCT_INLINE __m256i splat(const uint8_t *x, bool flips)
{
    int32_t quad;
    memcpy(&quad, x, sizeof quad);
    const __m256i v = _mm256_set1_epi32(quad);
    return flips ? _mm256_xor_si256(v, _mm256_set1_epi8((char)0x80)) : v;
}

/* acc += x * w, pair by pair. */
OCT_INLINE __m256i madd(__m256i acc, __m256i x, __m256i w)
{
    return _mm256_add_epi32(acc, _mm256_madd_epi16(x, w));
}

/* M(p, NV) for each position, M(p, v) for each register of eight channels of NV times sixteen */
#define P_1(M, a) M(0, a)
#define P_2(M, a) P_1(M, a) M(1, a)
#define P_3(M, a) P_2(M, a) M(2, a)
#define P_4(M, a) P_3(M, a) M(3, a)
#define V_1(M, p) M(p, 0) M(p, 1)
#define V_2(M, p) V_1(M, p) M(p, 2) M(p, 3)

#define BIAS_V(p, v) __m256i a##p##_##v = load(t->bias + 8 * v);
#define BIAS(p, NV) V_##NV(BIAS_V, p)
#define SPLAT(p, NV)                                                                                          \
    const __m256i q##p = splat(x + p * step, flips);                                                          \
    const __m256i even##p = _mm256_and_si256(q##p, mask), odd##p = _mm256_srli_epi16(q##p, 8);
#define MADD_EVEN(p, v) a##p##_##v = madd(a##p##_##v, even##p, load(w + 16 * v));
#define MADD_ODD(p, v) a##p##_##v = madd(a##p##_##v, odd##p, load(w + half + 16 * v));
#define MADD(p, NV) V_##NV(MADD_EVEN, p) V_##NV(MADD_ODD, p)
#define STORE_1(p) store_position(y + p * t->y_step, a##p##_0, a##p##_1, t->mult, &o);
#define STORE_2(p)                                                                   \
    store_position(y + p * t->y_step, a##p##_0, a##p##_1, t->mult, &o);              \
    store_position(y + p * t->y_step + 16, a##p##_2, a##p##_3, t->mult + 16, &rest);
#define STORE(p, NV) STORE_##NV(p)

/* P positions x 16*NV channels, n_tiles times. */
#define TILE(P, NV)                                                                                 \
    OCT_INLINE void body_##P##x##NV(const oct_conv_u8s8_tile *t, bool flips)                        \
    {                                                                                               \
        enum { half = 32 * NV };                                                                    \
        const __m256i mask = _mm256_set1_epi16(0xff);                                               \
        const output o = get_output(&t->out, t->n_oc < 16 ? t->n_oc : 16);                          \
        const output rest = get_output(&t->out, t->n_oc - 16);                                      \
        const int64_t step = t->x_step, last = t->n_bytes < 4 ? 0 : t->n_bytes - 4;                 \
        const uint8_t *first = t->x;                                                                \
        uint8_t *y = t->y;                                                                          \
        (void)rest;                                                                                 \
        for (int64_t n = t->n_tiles; n > 0; n--) {                                                  \
            const int16_t *w = t->w;                                                                \
            P_##P(BIAS, NV)                                                                         \
            for (int64_t row = 0; row < t->n_rows; row++, w += t->w_row * 2 * half)                 \
                for (int64_t col = 0; col < t->n_cols; col++) {                                     \
                    const uint8_t *x = first + row * t->x_row + col * t->x_col;                     \
                    for (int64_t at = 0;;) {                                                        \
                        P_##P(SPLAT, NV) P_##P(MADD, NV)                                            \
                        w += 2 * half;                                                              \
                        if (at >= last)                                                             \
                            break;                                                                  \
                        x += last - at < 4 ? last - at : 4;                                         \
                        at += 4;                                                                    \
                    }                                                                               \
                }                                                                                   \
            P_##P(STORE, NV)                                                                        \
            first += P * step;                                                                      \
            y += P * t->y_step;                                                                     \
        }                                                                                           \
    }                                                                                               \
    static void tile_##P##x##NV(const oct_conv_u8s8_tile *t)                                        \
    {                                                                                               \
        if (t->x_signed)                                                                            \
            body_##P##x##NV(t, true);                                                               \
        else                                                                                        \
            body_##P##x##NV(t, false);                                                              \
    }

TILE(1, 1) TILE(2, 1) TILE(3, 1) TILE(4, 1)
TILE(1, 2) TILE(2, 2)

static int64_t slot(int64_t nv, int64_t c)
{
    (void)nv;
    return c;
}

/* A "vector" is 16 channels, in two registers. */
static const oct_conv_u8s8_tiles tiles = {
    .vl = 16,
    .nv = 2,
    .max_p = {[1] = 4, [2] = 2},
    .words = true,
    .slot = slot,
    .run = {[1] = {NULL, tile_1x1, tile_2x1, tile_3x1, tile_4x1}, [2] = {NULL, tile_1x2, tile_2x2}},
    .names = {[1] = "avx2 u8s8 4x16", [2] = "avx2 u8s8 2x32"},
};

/* ---- depthwise ---- */

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
        store_position(r->y + p * r->y_step, acc[0], acc[1], r->mult, &o);
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

#include "kernels/conv_u8s8_level_simd.h"

const oct_conv_u8s8 oct_conv_u8s8_avx2 = {describe, packed_size, pack_weights, n_items, run};
