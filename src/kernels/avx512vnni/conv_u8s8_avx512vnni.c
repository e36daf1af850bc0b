/* Convolution of uint8 with int8, level avx512vnni: vpdpbusd adds the products of four bytes to an int32, without
 * saturation. Dense: tiles of up to 14 positions x 32 channels, 28 sums in the 32 registers. Depthwise: 64 channels.
 * SPDX-License-Identifier: Apache-2.0 */
#if !defined(__AVX512VNNI__) && !defined(OCT_EMULATED_AVX512)
#error "compile with -mavx512vnni"
#endif
#include <immintrin.h>
#include <string.h>

#include "base/compiler.h"
#include "kernels/conv_u8s8_dense.h"
#include "kernels/conv_u8s8_dw.h"

/* Hide where a number comes from: the compiler would keep an address a position in memory instead. */
#if defined(OCT_EMULATED_AVX512)
#define OPAQUE(n)
#else
#define OPAQUE(n) __asm__("" : "+r"(n))
#endif

#include "kernels/avx512vnni/conv_u8s8_dw_avx512vnni.h"
#include "kernels/avx512vnni/conv_u8s8_store_avx512vnni.h"

/* ---- dense ---- */

/* Four bytes in all lanes, as uint8. */
OCT_INLINE __m512i splat(const uint8_t *x, __m512i flip, bool flips)
{
    int32_t quad;
    memcpy(&quad, x, sizeof quad);
    const __m512i v = _mm512_set1_epi32(quad);
    return flips ? _mm512_xor_si512(v, flip) : v;
}

/* M(p, NV) for each position, M(p, v) for each vector */
#define P_1(M, a) M(0, a)
#define P_2(M, a) P_1(M, a) M(1, a)
#define P_3(M, a) P_2(M, a) M(2, a)
#define P_4(M, a) P_3(M, a) M(3, a)
#define P_5(M, a) P_4(M, a) M(4, a)
#define P_6(M, a) P_5(M, a) M(5, a)
#define P_7(M, a) P_6(M, a) M(6, a)
#define P_8(M, a) P_7(M, a) M(7, a)
#define P_9(M, a) P_8(M, a) M(8, a)
#define P_10(M, a) P_9(M, a) M(9, a)
#define P_11(M, a) P_10(M, a) M(10, a)
#define P_12(M, a) P_11(M, a) M(11, a)
#define P_13(M, a) P_12(M, a) M(12, a)
#define P_14(M, a) P_13(M, a) M(13, a)
#define V_1(M, p) M(p, 0)
#define V_2(M, p) V_1(M, p) M(p, 1)
#define V_4(M, p) V_2(M, p) M(p, 2) M(p, 3)

/* Position p is at x + p * x_step; seven of them need three strides, fourteen a second base. */
#define X_0 x
#define X_1 x + step
#define X_2 x + 2 * step
#define X_3 x + step3
#define X_4 x + 4 * step
#define X_5 x + step5
#define X_6 x + 2 * step3
#define X_7 x7
#define X_8 x7 + step
#define X_9 x7 + 2 * step
#define X_10 x7 + step3
#define X_11 x7 + 4 * step
#define X_12 x7 + step5
#define X_13 x7 + 2 * step3

#define DECLARE_V(p, v) __m512i a##p##_##v;
#define DECLARE(p, NV) V_##NV(DECLARE_V, p)
#define BIAS_V(p, v) a##p##_##v = load(t->bias + 16 * v);
#define BIAS(p, NV) V_##NV(BIAS_V, p)
#define SHIFT_V(p, v) \
    a##p##_##v = _mm512_add_epi32(a##p##_##v, _mm512_mullo_epi32(load(t->shift + 16 * v), sum));
#define SHIFT(p, NV) { const __m512i sum = _mm512_set1_epi32(sums[p]); V_##NV(SHIFT_V, p) }
#define LOAD_W_V(p, v) const __m512i w##v = load(w + 64 * v);
#define DOT_V(p, v) DOT(a##p##_##v, q, w##v);
#define DOT_P(p, NV) { const __m512i q = splat(X_##p, flip, flips); V_##NV(DOT_V, p) }
#define MULT_V(p, v) const __m512 m##v = _mm512_loadu_ps(t->mult + 16 * v);
#define SCALE_V(p, v) a##p##_##v = scale(a##p##_##v, m##v);
#define SCALE(p, NV) V_##NV(SCALE_V, p)

#define SPILL_V(p, v) _mm512_storeu_si512(sums_of + 16 * (p * n_vec + v), a##p##_##v);
#define SPILL(p, NV) V_##NV(SPILL_V, p)

#define STORE_1(p) store_16(y + p * t->y_step, a##p##_0, &o);
#define STORE_2(p, q) \
    store_2x32(y + p * t->y_step, y + q * t->y_step, a##p##_0, a##p##_1, a##q##_0, a##q##_1, &o);
#define STORE_4(p) store_64(y + p * t->y_step, a##p##_0, a##p##_1, a##p##_2, a##p##_3, &o);
#define STORE_4x1(p, q, r, s) store_4x16(y + p * t->y_step, t->y_step, a##p##_0, a##q##_0, a##r##_0, a##s##_0, &o);
#define STORE_1_1 STORE_1(0)
#define STORE_2_1 STORE_1_1 STORE_1(1)
#define STORE_3_1 STORE_2_1 STORE_1(2)
#define STORE_4_1 STORE_4x1(0, 1, 2, 3)
#define STORE_5_1 STORE_4_1 STORE_1(4)
#define STORE_6_1 STORE_5_1 STORE_1(5)
#define STORE_7_1 STORE_6_1 STORE_1(6)
#define STORE_8_1 STORE_4_1 STORE_4x1(4, 5, 6, 7)
#define STORE_9_1 STORE_8_1 STORE_1(8)
#define STORE_10_1 STORE_9_1 STORE_1(9)
#define STORE_11_1 STORE_10_1 STORE_1(10)
#define STORE_12_1 STORE_8_1 STORE_4x1(8, 9, 10, 11)
#define STORE_13_1 STORE_12_1 STORE_1(12)
#define STORE_14_1 STORE_13_1 STORE_1(13)
#define STORE_1_2 STORE_2(0, 0)
#define STORE_2_2 STORE_2(0, 1)
#define STORE_3_2 STORE_2_2 STORE_2(2, 2)
#define STORE_4_2 STORE_2_2 STORE_2(2, 3)
#define STORE_5_2 STORE_4_2 STORE_2(4, 4)
#define STORE_6_2 STORE_4_2 STORE_2(4, 5)
#define STORE_7_2 STORE_6_2 STORE_2(6, 6)
#define STORE_8_2 STORE_6_2 STORE_2(6, 7)
#define STORE_9_2 STORE_8_2 STORE_2(8, 8)
#define STORE_10_2 STORE_8_2 STORE_2(8, 9)
#define STORE_11_2 STORE_10_2 STORE_2(10, 10)
#define STORE_12_2 STORE_10_2 STORE_2(10, 11)
#define STORE_13_2 STORE_12_2 STORE_2(12, 12)
#define STORE_14_2 STORE_12_2 STORE_2(12, 13)
#define STORE_1_4 STORE_4(0)
#define STORE_2_4 STORE_1_4 STORE_4(1)
#define STORE_3_4 STORE_2_4 STORE_4(2)
#define STORE_4_4 STORE_3_4 STORE_4(3)
#define STORE_5_4 STORE_4_4 STORE_4(4)
#define STORE_6_4 STORE_5_4 STORE_4(5)

/* n positions whose sums were spilled. */
static void finish(const oct_conv_u8s8_tile *t, uint8_t *y, const uint8_t *r, const int32_t *sums, int64_t n, int64_t nv)
{
    if (nv == 1)
        store_added(y, t->y_step, r, t->r_step, sums, t->mult, n, 1, t->n_oc, &t->out);
    else if (nv == 2)
        store_added(y, t->y_step, r, t->r_step, sums, t->mult, n, 2, t->n_oc, &t->out);
    else
        store_added(y, t->y_step, r, t->r_step, sums, t->mult, n, 4, t->n_oc, &t->out);
}

/* P positions x NV vectors, n_tiles times. */
#define TILE(P, NV)                                                                                    \
    OCT_INLINE void body_##P##x##NV(const oct_conv_u8s8_tile *t, bool flips)                           \
    {                                                                                                  \
        const __m512i flip = _mm512_set1_epi8((char)0x80);                                             \
        const output o = get_output(&t->out, t->n_oc);                                                 \
        const int64_t step = t->x_step, last = t->n_bytes < 4 ? 0 : t->n_bytes - 4;                    \
        const uint8_t *first = t->x;                                                                   \
        int64_t step3 = 3 * step, step5 = 5 * step;                                                    \
        uint8_t *y = t->y;                                                                             \
        const uint8_t *r = t->r;                                                                       \
        const int32_t *sums = t->shift ? t->sums : NULL;                                               \
        OPAQUE(step3);                                                                                 \
        OPAQUE(step5);                                                                                 \
        (void)flip, (void)step3, (void)step5;                                                          \
        for (int64_t n = t->n_tiles; n > 0; n--) {                                                     \
            const int8_t *w = t->w;                                                                    \
            P_##P(DECLARE, NV) P_##P(BIAS, NV)                                                         \
            if (sums) {                                                                                \
                P_##P(SHIFT, NV)                                                                       \
                sums += P;                                                                             \
            }                                                                                          \
            for (int64_t row = 0; row < t->n_rows; row++, w += t->w_row * 64 * NV)                     \
                for (int64_t col = 0; col < t->n_cols; col++) {                                        \
                    const uint8_t *x = first + row * t->x_row + col * t->x_col, *x7 = x + 7 * step;    \
                    int64_t at = 0;                                                                    \
                    (void)x7;                                                                          \
                    OPAQUE(x7);                                                                        \
                    for (;;) {                                                                         \
                        V_##NV(LOAD_W_V, 0) P_##P(DOT_P, NV)                                           \
                        w += 64 * NV;                                                                  \
                        if (at >= last)                                                                \
                            break;                                                                     \
                        const int64_t move = last - at < 4 ? last - at : 4;                            \
                        at += 4;                                                                       \
                        x += move;                                                                     \
                        x7 += move;                                                                    \
                    }                                                                                  \
                }                                                                                      \
            first += P * step;                                                                         \
            if (t->spills) {                                                                           \
                enum { n_vec = NV };                                                                   \
                int32_t sums_of[16 * P * NV];                                                          \
                P_##P(SPILL, NV)                                                                       \
                finish(t, y, r, sums_of, P, NV);                                                       \
                r += P * t->r_step;                                                                    \
            } else {                                                                                   \
                V_##NV(MULT_V, 0) P_##P(SCALE, NV) STORE_##P##_##NV                                    \
            }                                                                                          \
            y += P * t->y_step;                                                                        \
        }                                                                                              \
    }                                                                                                  \
    static void tile_##P##x##NV(const oct_conv_u8s8_tile *t)                                           \
    {                                                                                                  \
        if (t->x_signed)                                                                               \
            body_##P##x##NV(t, true);                                                                  \
        else                                                                                           \
            body_##P##x##NV(t, false);                                                                 \
    }

TILE(1, 1) TILE(2, 1) TILE(3, 1) TILE(4, 1) TILE(5, 1) TILE(6, 1) TILE(7, 1)
TILE(8, 1) TILE(9, 1) TILE(10, 1) TILE(11, 1) TILE(12, 1) TILE(13, 1) TILE(14, 1)
TILE(1, 2) TILE(2, 2) TILE(3, 2) TILE(4, 2) TILE(5, 2) TILE(6, 2) TILE(7, 2)
TILE(8, 2) TILE(9, 2) TILE(10, 2) TILE(11, 2) TILE(12, 2) TILE(13, 2) TILE(14, 2)
TILE(1, 4) TILE(2, 4) TILE(3, 4) TILE(4, 4) TILE(5, 4) TILE(6, 4)

OCT_INLINE int32_t sum_lanes(__m512i v)
{
    const __m256i four = _mm256_add_epi32(_mm512_castsi512_si256(v), _mm512_extracti64x4_epi64(v, 1));
    __m128i two = _mm_add_epi32(_mm256_castsi256_si128(four), _mm256_extracti128_si256(four, 1));
    two = _mm_add_epi32(two, _mm_shuffle_epi32(two, 0x4e));
    return _mm_cvtsi128_si32(_mm_add_epi32(two, _mm_shuffle_epi32(two, 0xb1)));
}

/* 64 bytes at a time, times one. */
static void sum_taps(int32_t *sums, const oct_conv_u8s8_tile *t, int64_t n)
{
    const __m512i flip = _mm512_set1_epi8((char)(t->x_signed ? 0x80 : 0)), one = _mm512_set1_epi8(1);
    for (int64_t p = 0; p < n; p++) {
        __m512i acc = _mm512_setzero_si512();
        for (int64_t row = 0; row < t->n_rows; row++)
            for (int64_t col = 0; col < t->n_cols; col++) {
                const uint8_t *x = t->x + p * t->x_step + row * t->x_row + col * t->x_col;
                for (int64_t at = 0; at < t->n_bytes; at += 64) {
                    const __mmask64 m = first_bits(t->n_bytes - at);
                    const __m512i v = _mm512_xor_si512(_mm512_maskz_loadu_epi8(m, x + at), flip);
                    DOT(acc, _mm512_maskz_mov_epi8(m, v), one);
                }
            }
        sums[p] = sum_lanes(acc);
    }
}

static int64_t dense_slot(int64_t nv, int64_t c)
{
    return slot(nv, c);
}

static const oct_conv_u8s8_tiles tiles = {
    .vl = 16,
    .nv = 4,
    .max_p = {[1] = 14, [2] = 14, [4] = 6},
    .slot = dense_slot,
    .sum = sum_taps,
    .run = {[1] = {NULL, tile_1x1, tile_2x1, tile_3x1, tile_4x1, tile_5x1, tile_6x1, tile_7x1, tile_8x1, tile_9x1,
                   tile_10x1, tile_11x1, tile_12x1, tile_13x1, tile_14x1},
            [2] = {NULL, tile_1x2, tile_2x2, tile_3x2, tile_4x2, tile_5x2, tile_6x2, tile_7x2, tile_8x2, tile_9x2,
                   tile_10x2, tile_11x2, tile_12x2, tile_13x2, tile_14x2},
            [4] = {NULL, tile_1x4, tile_2x4, tile_3x4, tile_4x4, tile_5x4, tile_6x4}},
    .names = {[1] = "avx512vnni 14x16", [2] = "avx512vnni 14x32", [4] = "avx512vnni 6x64"},
};

#include "kernels/conv_u8s8_level_simd.h"

const oct_conv_u8s8 oct_conv_u8s8_avx512vnni = {describe, packed_size, pack_weights, check_packed, scratch_size, n_items, run, tilings};
