/* Convolution of uint8 with int8, level avx2: vpmaddubsw on |x - 128| and weights that have its sign, which never
 * saturates; see conv_u8s8_dense.h. Dense: 2 positions x 32 channels, or 4 x 16.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef __AVX2__
#error "compile with -mavx2"
#endif
#include <immintrin.h>
#include <string.h>

#include "kernels/conv_u8s8_dense.h"
#include "kernels/conv_u8s8_dw.h"
#include "kernels/avx2/conv_u8s8_store_avx2.h"
#include "kernels/avx2/conv_u8s8_dw_avx2.h"

/* ---- strips ---- */

/* |x'| and s of 32 bytes of x' */
OCT_INLINE void split_32(uint8_t *to, int64_t plane, __m256i x)
{
    _mm256_storeu_si256((__m256i *)(void *)to, _mm256_abs_epi8(x));
    _mm256_storeu_si256((__m256i *)(void *)(to + plane), _mm256_cmpgt_epi8(_mm256_setzero_si256(), x));
}

/* n < 32 bytes, and zeros */
OCT_INLINE __m256i load_part(const uint8_t *x, int64_t n, __m256i flip)
{
    uint8_t all[32] = {0}, flips[32] = {0};
    memcpy(all, x, (size_t)n);
    _mm256_storeu_si256((__m256i *)(void *)flips, flip);
    memset(flips + n, 0, (size_t)(32 - n));
    return _mm256_xor_si256(load(all), load(flips));
}

static void split_bytes(uint8_t *to, int64_t plane, const uint8_t *x, int64_t n, __m256i flip)
{
    int64_t i = 0;
    for (; i + 32 <= n; i += 32)
        split_32(to + i, plane, _mm256_xor_si256(load(x + i), flip));
    if (i < n)
        split_32(to + i, plane, load_part(x + i, n - i, flip));
}

/* Pieces of three bytes become four, eight at a time. */
static void split_threes(uint8_t *to, int64_t plane, const uint8_t *x, int64_t n, __m256i flip)
{
    const __m256i spread = _mm256_setr_epi8(0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1, 0, 1, 2, -1, 3, 4, 5, -1, 6,
                                            7, 8, -1, 9, 10, 11, -1);
    const __m256i used = _mm256_and_si256(flip, _mm256_set1_epi32(0xffffff));
    int64_t i = 0;
    for (; 3 * (i + 8) + 4 <= 3 * n; i += 8) {
        const __m128i lo = _mm_loadu_si128((const __m128i *)(const void *)(x + 3 * i));
        const __m128i hi = _mm_loadu_si128((const __m128i *)(const void *)(x + 3 * i + 12));
        const __m256i both = _mm256_inserti128_si256(_mm256_castsi128_si256(lo), hi, 1);
        split_32(to + 4 * i, plane, _mm256_xor_si256(_mm256_shuffle_epi8(both, spread), used));
    }
    for (; i < n; i++)
        split_32(to + 4 * i, plane, load_part(x + 3 * i, 3, flip));
}

static void split(uint8_t *to, int64_t plane, const uint8_t *x, int64_t n, int64_t bytes, uint8_t x_flip)
{
    const __m256i flip = _mm256_set1_epi8((char)(x_flip ^ 0x80)); /* x' = (x ^ x_flip) ^ 128 */
    if (bytes % 4 == 0)
        split_bytes(to, plane, x, n * bytes, flip);
    else if (bytes == 3)
        split_threes(to, plane, x, n, flip);
    else
        for (int64_t i = 0; i < n; i++)
            split_bytes(to + i * oct_ceil_div(bytes, 4) * 4, plane, x + i * bytes, bytes, flip);
}

/* Sum of four int64. */
OCT_INLINE int32_t sum_lanes(__m256i v)
{
    const __m128i two = _mm_add_epi64(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
    return _mm_cvtsi128_si32(_mm_add_epi64(two, _mm_unpackhi_epi64(two, two)));
}

/* Pieces of four bytes, eight at a time: pairs, then fours. A byte of `neg` is 128 at most: unsigned. */
OCT_INLINE __m256i add_fours(__m256i bytes)
{
    const __m256i pairs = _mm256_maddubs_epi16(bytes, _mm256_set1_epi8(1));
    return _mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
}

static void get_less(int32_t *less, int32_t *sums, const uint8_t *at, int64_t plane, int64_t n, int64_t bytes)
{
    static const uint8_t mask[64] = {255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
                                     255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
    const __m256i none = _mm256_setzero_si256();
    int64_t i = 0;
    for (; bytes == 4 && i + 8 <= n && !sums; i += 8)
        _mm256_storeu_si256((__m256i *)(void *)(less + i),
                            add_fours(_mm256_and_si256(load(at + 4 * i), load(at + plane + 4 * i))));
    for (; i < n; i++) {
        const uint8_t *piece = at + i * bytes;
        __m256i neg = none, all = none;
        for (int64_t k = 0; k < bytes; k += 32) {
            const __m256i a = _mm256_and_si256(load(piece + k), load(mask + (bytes - k >= 32 ? 0 : 32 - (bytes - k))));
            neg = _mm256_add_epi64(neg, _mm256_sad_epu8(_mm256_and_si256(a, load(piece + plane + k)), none));
            all = _mm256_add_epi64(all, _mm256_sad_epu8(a, none));
        }
        less[i] = sum_lanes(neg);
        if (sums)
            sums[i] = sum_lanes(all) - 2 * less[i];
    }
}

/* ---- dense ---- */

/* acc += the quad at |x'| = a, s; w in memory. `one` widens the sums of two to int32. */
#define ADD_QUAD(acc, w, a, s)                                                                                \
    {                                                                                                         \
        __m256i v_;                                                                                           \
        __asm__("vpxor %2, %3, %1\n\tvpmaddubsw %1, %4, %1\n\tvpmaddwd %1, %5, %1\n\tvpaddd %1, %0, %0"       \
                : "+x"(acc), "=&x"(v_)                                                                        \
                : "m"(*(const __m256i_u *)(w)), "x"(s), "x"(a), "x"(one));                                    \
    }

/* The same for two quads whose sums of four fit int16. */
#define ADD_PAIR(acc, w0, w1, a0, s0, a1, s1)                                                                 \
    {                                                                                                         \
        __m256i u_, v_;                                                                                       \
        __asm__("vpxor %3, %5, %1\n\tvpxor %4, %6, %2\n\tvpmaddubsw %1, %7, %1\n\tvpmaddubsw %2, %8, %2\n\t"  \
                "vpaddw %1, %2, %1\n\tvpmaddwd %1, %9, %1\n\tvpaddd %1, %0, %0"                               \
                : "+x"(acc), "=&x"(u_), "=&x"(v_)                                                             \
                : "m"(*(const __m256i_u *)(w0)), "m"(*(const __m256i_u *)(w1)), "x"(s0), "x"(s1), "x"(a0),    \
                  "x"(a1), "x"(one));                                                                         \
    }

/* Four bytes in all lanes. */
OCT_INLINE __m256i splat(const uint8_t *x)
{
    int32_t quad;
    memcpy(&quad, x, sizeof quad);
    return _mm256_set1_epi32(quad);
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
#define LESS_V(p, v) a##p##_##v = _mm256_add_epi32(a##p##_##v, less_);
#define LESS(p, NV) { const __m256i less_ = _mm256_set1_epi32(less[p]); V_##NV(LESS_V, p) }
#define SHIFT_V(p, v) a##p##_##v = _mm256_add_epi32(a##p##_##v, _mm256_mullo_epi32(load(t->shift + 8 * v), sum_));
#define SHIFT(p, NV) { const __m256i sum_ = _mm256_set1_epi32(sums[p]); V_##NV(SHIFT_V, p) }
#define QUAD_V(p, v) ADD_QUAD(a##p##_##v, w + 32 * v, q_, s_)
#define QUAD(p, NV)                                                                                           \
    {                                                                                                         \
        const __m256i q_ = splat(x + p * step + at[0]), s_ = splat(sx + p * step + at[0]);                    \
        V_##NV(QUAD_V, p)                                                                                     \
    }
#define PAIR_V(p, v) ADD_PAIR(a##p##_##v, w + 32 * v, w + width + 32 * v, q0_, s0_, q1_, s1_)
#define PAIR(p, NV)                                                                                           \
    {                                                                                                         \
        const __m256i q0_ = splat(x + p * step + at[0]), s0_ = splat(sx + p * step + at[0]);                  \
        const __m256i q1_ = splat(x + p * step + at[1]), s1_ = splat(sx + p * step + at[1]);                  \
        V_##NV(PAIR_V, p)                                                                                     \
    }
#define SPILL_V(p, v) _mm256_storeu_si256((__m256i *)(void *)(to + n_oc_max * p + 8 * v), a##p##_##v);
#define SPILL(p, NV) V_##NV(SPILL_V, p)
#define SCALED(p, v) scale(a##p##_##v, t->mult + 8 * v)
#define STORE_1(p) store_16(y + p * t->y_step, SCALED(p, 0), SCALED(p, 1), &o);
#define STORE_2(p) store_32(y + p * t->y_step, SCALED(p, 0), SCALED(p, 1), SCALED(p, 2), SCALED(p, 3), &o);
#define STORE(p, NV) STORE_##NV(p)

/* Sums of one position as they are, nv times 16 channels. */
static void store_sums(uint8_t *y, const int32_t *sums, int64_t nv, int64_t n_oc)
{
    for (int64_t c = 0; c < n_oc; c += 4)
        memcpy(y + 4 * c, sums + slot(nv, c), (size_t)oct_min64(n_oc - c, 4) * sizeof(int32_t));
}

/* n positions of nv times 16 channels whose sums were spilled. */
static void finish(const oct_conv_u8s8_tile *t, uint8_t *y, const uint8_t *r, const int32_t *sums, int64_t n, int64_t nv)
{
    const output o = get_output(&t->out, t->n_oc);
    for (int64_t p = 0; p < n; p++, y += t->y_step, r += t->r_step, sums += 16 * nv)
        if (t->out.is_sums)
            store_sums(y, sums, nv, t->n_oc);
        else if (nv == 1)
            store_added_16(y, r, load(sums), load(sums + 8), t->mult, &t->out, &o);
        else
            store_added_32(y, r, sums, t->mult, &t->out, &o);
}

/* P positions x 16*NV channels, n_tiles times. */
#define TILE(P, NV)                                                                                           \
    static void tile_##P##x##NV(const oct_conv_u8s8_tile *t)                                                  \
    {                                                                                                         \
        enum { width = 64 * NV, n_oc_max = 16 * NV };                                                         \
        const __m256i one = _mm256_set1_epi16(1);                                                             \
        const output o = get_output(&t->out, t->n_oc);                                                        \
        const bool spills = t->out.add || t->out.is_sums || !t->bounded;                                      \
        const int64_t step = t->x_step;                                                                       \
        const uint8_t *first = t->x, *r = t->r;                                                               \
        const int32_t *less = t->less, *sums = t->sums;                                                       \
        uint8_t *y = t->y;                                                                                    \
        for (int64_t n = t->n_tiles; n > 0; n--, less += P, sums = t->shift ? sums + P : NULL) {              \
            const int8_t *w = t->w;                                                                           \
            P_##P(BIAS, NV) P_##P(LESS, NV)                                                                   \
            if (t->shift) {                                                                                   \
                P_##P(SHIFT, NV)                                                                              \
            }                                                                                                 \
            for (int64_t row = 0; row < t->n_rows; row++, w += t->w_row * width)                              \
                for (int64_t col = 0; col < t->n_cols; col++) {                                               \
                    const uint8_t *x = first + row * t->x_row + col * t->x_col, *sx = x + t->plane;           \
                    const int32_t *steps = t->steps + row * t->step_row + col * t->step_col;                  \
                    const int32_t *at = steps + 1, *pairs_end = at + 2 * steps[0];                            \
                    for (; at < pairs_end; at += 2, w += 2 * width) {                                         \
                        P_##P(PAIR, NV)                                                                       \
                    }                                                                                         \
                    for (; at < steps + t->step_col; at++, w += width) {                                      \
                        P_##P(QUAD, NV)                                                                       \
                    }                                                                                         \
                }                                                                                             \
            if (spills) {                                                                                     \
                int32_t to[P * n_oc_max];                                                                     \
                P_##P(SPILL, NV)                                                                              \
                finish(t, y, r, to, P, NV);                                                                   \
                r += P * t->r_step;                                                                           \
            } else {                                                                                          \
                P_##P(STORE, NV)                                                                              \
            }                                                                                                 \
            first += P * step;                                                                                \
            y += P * t->y_step;                                                                               \
        }                                                                                                     \
    }

TILE(1, 1) TILE(2, 1) TILE(3, 1) TILE(4, 1)
TILE(1, 2) TILE(2, 2)

static int64_t dense_slot(int64_t nv, int64_t c)
{
    return slot(nv, c);
}

/* A "vector" is 16 channels, in two registers. */
static const oct_conv_u8s8_tiles tiles = {
    .vl = 16,
    .nv = 2,
    .max_p = {[1] = 4, [2] = 2},
    .signs = true,
    .slot = dense_slot,
    .split = split,
    .less = get_less,
    .run = {[1] = {NULL, tile_1x1, tile_2x1, tile_3x1, tile_4x1}, [2] = {NULL, tile_1x2, tile_2x2}},
    .names = {[1] = "avx2 u8s8 4x16", [2] = "avx2 u8s8 2x32"},
};

#include "kernels/conv_u8s8_level_simd.h"

const oct_conv_u8s8 oct_conv_u8s8_avx2 = {describe, packed_size, pack_weights, check_packed, scratch_size, n_items, run, tilings};
