/* Convolution of uint8 with int8, level avx2: vpmaddubsw on |w| and x - 128 with the sign of w, which never
 * saturates; see conv_u8s8_dense.h. Dense: up to 8 positions x 8 channels.
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

/* Hides where a number comes from: the compiler would keep an address a position in memory instead. */
#define OPAQUE(n) __asm__("" : "+r"(n))

/* acc += the quad at x; a, m: |w| and mask of eight channels. `one` widens the sums of two to int32. */
#define ADD_QUAD(acc, x, a, m)                                                                               \
    {                                                                                                        \
        __m256i v_;                                                                                          \
        __asm__("vpbroadcastd %2, %1\n\tvpxor %1, %4, %1\n\tvpmaddubsw %1, %3, %1\n\tvpmaddwd %1, %5, %1\n\t"  \
                "vpaddd %1, %0, %0"                                                                          \
                : "+x"(acc), "=&x"(v_)                                                                       \
                : "m"(*(const uint8_t(*)[4])(x)), "x"(a), "x"(m), "x"(one));                                 \
    }

/* The same for two quads whose sums of four fit int16. */
#define ADD_PAIR(acc, x0, x1, a0, m0, a1, m1)                                                                \
    {                                                                                                        \
        __m256i u_, v_;                                                                                      \
        __asm__("vpbroadcastd %3, %1\n\tvpbroadcastd %4, %2\n\tvpxor %1, %6, %1\n\tvpxor %2, %8, %2\n\t"         \
                "vpmaddubsw %1, %5, %1\n\tvpmaddubsw %2, %7, %2\n\tvpaddw %1, %2, %1\n\tvpmaddwd %1, %9, %1\n\t"  \
                "vpaddd %1, %0, %0"                                                                          \
                : "+x"(acc), "=&x"(u_), "=&x"(v_)                                                            \
                : "m"(*(const uint8_t(*)[4])(x0)), "m"(*(const uint8_t(*)[4])(x1)), "x"(a0), "x"(m0), "x"(a1), \
                  "x"(m1), "x"(one));                                                                        \
    }

/* M(p) for each position; that of position p is at x + p * x_step, three strides and a second base reach eight. */
#define P_1(M) M(0)
#define P_2(M) P_1(M) M(1)
#define P_3(M) P_2(M) M(2)
#define P_4(M) P_3(M) M(3)
#define P_5(M) P_4(M) M(4)
#define P_6(M) P_5(M) M(5)
#define P_7(M) P_6(M) M(6)
#define P_8(M) P_7(M) M(7)
#define X_0(x) x
#define X_1(x) x + step
#define X_2(x) x + 2 * step
#define X_3(x) x + step3
#define X_4(x) x + 4 * step
#define X_5(x) x##5
#define X_6(x) x##5 + step
#define X_7(x) x##5 + 2 * step

#define BIAS(p) __m256i a##p = bias;
#define SHIFT(p) a##p = _mm256_add_epi32(a##p, _mm256_mullo_epi32(load(t->shift), _mm256_set1_epi32(sums[p])));
#define QUAD(p) ADD_QUAD(a##p, X_##p(x), w0, m0)
#define PAIR(p) ADD_PAIR(a##p, X_##p(x), X_##p(z), w0, m0, w1, m1)
#define SPILL(p) _mm256_storeu_si256((__m256i *)(void *)(to + 8 * p), a##p);
#define SCALE(p) a##p = scale(a##p, t->mult);
#define STORE(i, n, p, q, r, s) store_4x8(y + i * t->y_step, t->y_step, n, a##p, a##q, a##r, a##s, &o);
#define STORE_1 STORE(0, 1, 0, 0, 0, 0)
#define STORE_2 STORE(0, 2, 0, 1, 1, 1)
#define STORE_3 STORE(0, 3, 0, 1, 2, 2)
#define STORE_4 STORE(0, 4, 0, 1, 2, 3)
#define STORE_5 STORE_4 STORE(4, 1, 4, 4, 4, 4)
#define STORE_6 STORE_4 STORE(4, 2, 4, 5, 5, 5)
#define STORE_7 STORE_4 STORE(4, 3, 4, 5, 6, 6)
#define STORE_8 STORE_4 STORE(4, 4, 4, 5, 6, 7)

/* Sums of n positions as they are. */
static void store_sums(const oct_conv_u8s8_tile *t, uint8_t *y, const int32_t *sums, int64_t n)
{
    for (int64_t p = 0; p < n; p++, y += t->y_step, sums += 8)
        memcpy(y, sums, (size_t)t->n_oc * sizeof *sums);
}

/* n positions whose sums were spilled. */
static void finish(const oct_conv_u8s8_tile *t, uint8_t *y, const uint8_t *r, const int32_t *sums, int64_t n)
{
    const output o = get_output(&t->out, t->n_oc);
    if (t->out.is_sums) {
        store_sums(t, y, sums, n);
        return;
    }
    for (int64_t p = 0; p < n; p += 4)
        store_added_4x8(y + p * t->y_step, t->y_step, r + p * t->r_step, t->r_step, n - p < 4 ? n - p : 4, sums + 8 * p,
                        t->mult, &t->out, &o);
}

/* P positions x 8 channels, n_tiles times. */
#define TILE(P)                                                                                               \
    static void tile_##P(const oct_conv_u8s8_tile *t)                                                         \
    {                                                                                                         \
        const __m256i one = _mm256_set1_epi16(1);                                                             \
        const output o = get_output(&t->out, t->n_oc);                                                        \
        const bool spills = t->out.add || t->out.is_sums || !t->bounded;                                      \
        const int64_t step = t->x_step, ahead = t->w_next;                                                    \
        const uint8_t *first = t->x, *r = t->r;                                                               \
        const int32_t *sums = t->shift ? t->sums : NULL;                                                      \
        int64_t step3 = 3 * step, step5 = 5 * step;                                                           \
        uint8_t *y = t->y;                                                                                    \
        OPAQUE(step3);                                                                                        \
        OPAQUE(step5);                                                                                        \
        for (int64_t n = t->n_tiles; n > 0; n--) {                                                            \
            const uint8_t *w = t->w;                                                                          \
            const __m256i bias = load(t->bias);                                                               \
            P_##P(BIAS)                                                                                       \
            if (sums) {                                                                                       \
                P_##P(SHIFT)                                                                                  \
                sums += P;                                                                                    \
            }                                                                                                 \
            for (int64_t row = 0; row < t->n_rows; row++, w += t->w_row * 64)                                 \
                for (int64_t col = 0; col < t->n_cols; col++) {                                               \
                    const uint8_t *tap = first + row * t->x_row + col * t->x_col;                             \
                    const int32_t *steps = t->steps + row * t->step_row + col * t->step_col;                  \
                    const int32_t *at = steps + 1, *pairs_end = at + 2 * steps[0];                            \
                    for (; at < pairs_end; at += 2, w += 128) {                                               \
                        const __m256i w0 = load(w), m0 = load(w + 32), w1 = load(w + 64), m1 = load(w + 96);  \
                        const uint8_t *x = tap + at[0], *z = tap + at[1], *x5 = x + step5, *z5 = z + step5;   \
                        (void)x5, (void)z5;                                                                   \
                        _mm_prefetch((const char *)w + ahead, _MM_HINT_T1);                                   \
                        _mm_prefetch((const char *)w + ahead + 64, _MM_HINT_T1);                              \
                        P_##P(PAIR)                                                                           \
                    }                                                                                         \
                    for (; at < steps + t->step_col; at++, w += 64) {                                         \
                        const __m256i w0 = load(w), m0 = load(w + 32);                                        \
                        const uint8_t *x = tap + at[0], *x5 = x + step5;                                      \
                        (void)x5;                                                                             \
                        _mm_prefetch((const char *)w + ahead, _MM_HINT_T1);                                   \
                        P_##P(QUAD)                                                                           \
                    }                                                                                         \
                }                                                                                             \
            if (spills) {                                                                                     \
                int32_t to[P * 8];                                                                            \
                P_##P(SPILL)                                                                                  \
                finish(t, y, r, to, P);                                                                       \
                r += P * t->r_step;                                                                           \
            } else {                                                                                          \
                P_##P(SCALE) STORE_##P                                                                        \
            }                                                                                                 \
            first += P * step;                                                                                \
            y += P * t->y_step;                                                                               \
        }                                                                                                     \
    }

TILE(1) TILE(2) TILE(3) TILE(4) TILE(5) TILE(6) TILE(7) TILE(8)

/* Sum of n bytes, 32 at a time. */
static int32_t sum_bytes(const uint8_t *x, int64_t n, uint8_t flip)
{
    const __m256i none = _mm256_setzero_si256(), flips = _mm256_set1_epi8((char)flip);
    __m256i acc = none;
    int64_t i = 0;
    for (; i + 32 <= n; i += 32)
        acc = _mm256_add_epi64(acc, _mm256_sad_epu8(_mm256_xor_si256(load(x + i), flips), none));
    const __m128i two = _mm_add_epi64(_mm256_castsi256_si128(acc), _mm256_extracti128_si256(acc, 1));
    int32_t sum = _mm_cvtsi128_si32(_mm_add_epi64(two, _mm_unpackhi_epi64(two, two)));
    for (; i < n; i++)
        sum += x[i] ^ flip;
    return sum;
}

static void sum_taps(int32_t *sums, const oct_conv_u8s8_tile *t, int64_t n)
{
    for (int64_t p = 0; p < n; p++) {
        sums[p] = 0;
        for (int64_t row = 0; row < t->n_rows; row++)
            for (int64_t col = 0; col < t->n_cols; col++)
                sums[p] += sum_bytes(t->x + p * t->x_step + row * t->x_row + col * t->x_col, t->n_bytes,
                                     t->x_signed ? 0x80 : 0);
    }
}

static int64_t dense_slot(int64_t nv, int64_t c)
{
    (void)nv;
    return c;
}

static const oct_conv_u8s8_tiles tiles = {
    .vl = 8,
    .nv = 1,
    .max_p = {[1] = 8},
    .signs = true,
    .slot = dense_slot,
    .sum = sum_taps,
    .run = {[1] = {NULL, tile_1, tile_2, tile_3, tile_4, tile_5, tile_6, tile_7, tile_8}},
    .names = {[1] = "avx2 u8s8 8x8"},
};

#include "kernels/conv_u8s8_level_simd.h"

const oct_conv_u8s8 oct_conv_u8s8_avx2 = {describe, packed_size, pack_weights, check_packed, scratch_size, n_items, run, tilings};
