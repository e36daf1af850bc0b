/* Convolution of uint8 with int8, level avx2: vpmaddubsw on |w| and x - 128 with the sign of w, which never
 * saturates; see conv_u8s8_dense.h. Dense: up to 8 positions x 8 channels, or 1 x 32.
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

#define START(p) __m256i a##p = bias;
#define QUAD(p) ADD_QUAD(a##p, X_##p(x), w0, m0)
#define PAIR(p) ADD_PAIR(a##p, X_##p(x), X_##p(z), w0, m0, w1, m1)
#define KEEP(p) _mm256_store_si256((__m256i *)(void *)(to + 8 * p), a##p);

#define MOST_TILES 16
#define MOST_P 8

/* to = from + products of P positions x 8 channels, n_tiles times. Sums pass through memory: conversions that wait for them
 * would keep the next tile's products out of the schedulers. */
typedef void (*sum_fn)(int32_t *to, const int32_t *from, const oct_conv_u8s8_taps *taps, const oct_conv_u8s8_tile *t,
                       const uint8_t *first, int64_t n_tiles);

#define SUM(P)                                                                                                \
    static void sum_##P(int32_t *to, const int32_t *from, const oct_conv_u8s8_taps *taps,                     \
                        const oct_conv_u8s8_tile *t, const uint8_t *first, int64_t n_tiles)                   \
    {                                                                                                         \
        const __m256i one = _mm256_set1_epi16(1);                                                             \
        const oct_conv_u8s8_tap *const end_tap = taps->list + taps->n;                                        \
        const int64_t step = t->x_step, ahead = t->w_next;                                                    \
        int64_t step3 = 3 * step, step5 = 5 * step;                                                           \
        OPAQUE(step3);                                                                                        \
        OPAQUE(step5);                                                                                        \
        for (; n_tiles > 0; n_tiles--) {                                                                      \
            const __m256i bias = load(from);                                                                  \
            P_##P(START)                                                                                      \
            for (const oct_conv_u8s8_tap *k = taps->list; k < end_tap; k++) {                                 \
                const uint8_t *base = first + k->x, *w = k->w;                                                \
                const int32_t *at = k->steps;                                                                 \
                for (const int32_t *end = k->pairs_end; at < end; at += 2, w += 128) {                        \
                    const __m256i w0 = load(w), m0 = load(w + 32), w1 = load(w + 64), m1 = load(w + 96);      \
                    const uint8_t *x = base + at[0], *z = base + at[1], *x5 = x + step5, *z5 = z + step5;     \
                    (void)x5, (void)z5;                                                                       \
                    _mm_prefetch((const char *)w + ahead, _MM_HINT_T1);                                       \
                    _mm_prefetch((const char *)w + ahead + 64, _MM_HINT_T1);                                  \
                    P_##P(PAIR)                                                                               \
                }                                                                                             \
                for (const int32_t *end = k->end; at < end; at++, w += 64) {                                  \
                    const __m256i w0 = load(w), m0 = load(w + 32);                                            \
                    const uint8_t *x = base + at[0], *x5 = x + step5;                                         \
                    (void)x5;                                                                                 \
                    _mm_prefetch((const char *)w + ahead, _MM_HINT_T1);                                       \
                    P_##P(QUAD)                                                                               \
                }                                                                                             \
            }                                                                                                 \
            P_##P(KEEP)                                                                                       \
            to += P * 8;                                                                                      \
            first += P * step;                                                                                \
        }                                                                                                     \
    }

SUM(1) SUM(2) SUM(3) SUM(4) SUM(5) SUM(6) SUM(7) SUM(8)

/* Sums of n positions as they are. */
static void store_sums(const oct_conv_u8s8_tile *t, uint8_t *y, const int32_t *sums, int64_t n)
{
    for (int64_t p = 0; p < n; p++, y += t->y_step, sums += 8)
        memcpy(y, sums, (size_t)t->n_oc * sizeof *sums);
}

/* n positions of eight channels whose multipliers are bounded, nothing added. The last four overlap those before. */
static void store_plain(const oct_conv_u8s8_tile *t, uint8_t *y, const int32_t *sums, int64_t n, const output *out)
{
    const __m256 mult = _mm256_loadu_ps(t->mult);
    const int64_t step = t->y_step;
    const output o = *out;
    if (n < 4) {
        for (; n > 0; n--, y += step, sums += 8)
            store_8(y, scale(load(sums), mult), &o);
        return;
    }
    for (int64_t i = 0; i < n; i += 4) {
        const int64_t at = i < n - 4 ? i : n - 4;
        const int32_t *four = sums + 8 * at;
        store_4x8(y + at * step, step, 4, scale(load(four), mult), scale(load(four + 8), mult), scale(load(four + 16), mult),
                  scale(load(four + 24), mult), &o);
    }
}

/* n positions from their sums. */
static void finish(const oct_conv_u8s8_tile *t, uint8_t *y, const uint8_t *r, const int32_t *sums, int64_t n)
{
    const output o = get_output(&t->out, t->n_oc);
    if (t->out.is_sums)
        store_sums(t, y, sums, n);
    else if (t->bounded && !t->out.add && t->n_oc == 8)
        store_plain(t, y, sums, n, &o);
    else
        for (int64_t p = 0; p < n; p += 4)
            store_added_4x8(y + p * t->y_step, t->y_step, r + p * t->r_step, t->r_step, n - p < 4 ? n - p : 4, sums + 8 * p,
                            t->mult, &t->out, &o);
}

/* sums += shift * (sum of the x) */
static void add_shifts(int32_t *sums, const oct_conv_u8s8_tile *t, const int32_t *x_sums, int64_t n)
{
    for (int64_t i = 0; i < 8 * n; i += 8)
        _mm256_storeu_si256((__m256i *)(void *)(sums + i),
                            _mm256_add_epi32(load(sums + i), _mm256_mullo_epi32(load(t->shift), _mm256_set1_epi32(x_sums[i / 8]))));
}

/* The taps that are not in the first list. */
static void add_taps(int32_t *sums, const oct_conv_u8s8_tile *t, sum_fn sum, const uint8_t *x, int64_t n_tiles, int64_t P)
{
    static const int32_t nothing[8];
    _Alignas(32) int32_t more[MOST_TILES * MOST_P * 8];
    oct_conv_u8s8_taps taps;
    for (int64_t done = OCT_CONV_U8S8_MOST_TAPS; done < t->n_rows * t->n_cols; done += taps.n) {
        oct_conv_u8s8_list_taps(&taps, t, done);
        sum(more, nothing, &taps, t, x, n_tiles);
        for (int64_t i = 0; i < n_tiles * P * 8; i++)
            sums[i] = (int32_t)((uint32_t)sums[i] + (uint32_t)more[i]);
    }
}

static void run_tiles(const oct_conv_u8s8_tile *t, sum_fn sum, int64_t P)
{
    _Alignas(32) int32_t sums[MOST_TILES * MOST_P * 8];
    for (int64_t i = 0, n; i < t->n_tiles; i += n) {
        const int64_t first = i * P;
        const uint8_t *x = t->x + first * t->x_step;
        n = t->n_tiles - i < MOST_TILES ? t->n_tiles - i : MOST_TILES;
        sum(sums, t->bias, t->taps, t, x, n);
        if (OCT_UNLIKELY(t->n_rows * t->n_cols > OCT_CONV_U8S8_MOST_TAPS))
            add_taps(sums, t, sum, x, n, P);
        if (t->shift)
            add_shifts(sums, t, t->sums + first, n * P);
        finish(t, t->y + first * t->y_step, t->r + first * t->r_step, sums, n * P);
    }
}

#define TILE(P)                                      \
    static void tile_##P(const oct_conv_u8s8_tile *t) \
    {                                                \
        run_tiles(t, sum_##P, P);                    \
    }

TILE(1) TILE(2) TILE(3) TILE(4) TILE(5) TILE(6) TILE(7) TILE(8)

/* ---- one position ---- */

/* Sums of nv vectors of channels, whose weights are in one plane: memory is slower than finding their signs. */
OCT_INLINE void sum_wide(int32_t *sums, const oct_conv_u8s8_tile *t, const uint8_t *x, int64_t nv)
{
    const __m256i one = _mm256_set1_epi16(1), none = _mm256_setzero_si256();
    const __m256i middle = _mm256_set1_epi8((char)(t->x_signed ? 0 : 128));
    const uint8_t *w = t->w;
    __m256i acc[4];
    for (int64_t v = 0; v < nv; v++)
        acc[v] = load(t->bias + 8 * v);
    for (int64_t row = 0; row < t->n_rows; row++, w += t->w_row * t->w_quad)
        for (int64_t col = 0; col < t->n_cols; col++) {
            const uint8_t *from = x + row * t->x_row + col * t->x_col;
            const int32_t *steps = t->steps + row * t->step_row + col * t->step_col;
            for (const int32_t *at = steps + 1; at < steps + t->step_col; at++, w += 32 * nv) {
                int32_t quad;
                memcpy(&quad, from + *at, sizeof quad);
                const __m256i q = _mm256_xor_si256(_mm256_set1_epi32(quad), middle);
                for (int64_t v = 0; v < nv; v++) {
                    const __m256i wv = load(w + 32 * v), xv = _mm256_xor_si256(q, _mm256_cmpgt_epi8(none, wv));
                    acc[v] = _mm256_add_epi32(acc[v], _mm256_madd_epi16(_mm256_maddubs_epi16(_mm256_abs_epi8(wv), xv), one));
                }
            }
        }
    for (int64_t v = 0; v < nv; v++)
        _mm256_store_si256((__m256i *)(void *)(sums + 8 * v), acc[v]);
}

/* n_tiles of one position each, stored vector by vector. */
OCT_INLINE void run_wide(const oct_conv_u8s8_tile *t, int64_t nv)
{
    _Alignas(32) int32_t sums[4 * 8];
    for (int64_t i = 0; i < t->n_tiles; i++) {
        oct_conv_u8s8_tile v = *t;
        v.y = t->y + i * t->y_step;
        v.r = t->r + i * t->r_step;
        sum_wide(sums, t, t->x + i * t->x_step, nv);
        for (int64_t c = 0; c < t->n_oc; c += 8) {
            v.n_oc = t->n_oc - c < 8 ? t->n_oc - c : 8;
            if (v.shift) {
                add_shifts(sums + c, &v, t->sums + i, 1);
                v.shift += 8;
            }
            finish(&v, v.y, v.r, sums + c, 1);
            v.mult += 8;
            v.y += t->out.is_sums ? 32 : 8;
            v.r += 8;
        }
    }
}

static void wide_2(const oct_conv_u8s8_tile *t)
{
    run_wide(t, 2);
}

static void wide_4(const oct_conv_u8s8_tile *t)
{
    run_wide(t, 4);
}

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
    .max_p = {[1] = 8, [2] = 1, [4] = 1},
    .signs = true,
    .slot = dense_slot,
    .sum = sum_taps,
    .run = {[1] = {NULL, tile_1, tile_2, tile_3, tile_4, tile_5, tile_6, tile_7, tile_8},
            [2] = {NULL, wide_2},
            [4] = {NULL, wide_4}},
    .names = {[1] = "avx2 u8s8 8x8", [2] = "avx2 u8s8 1x16", [4] = "avx2 u8s8 1x32"},
};

#include "kernels/conv_u8s8_level_simd.h"

const oct_conv_u8s8 oct_conv_u8s8_avx2 = {describe, packed_size, pack_weights, check_packed, scratch_size, n_items, run, tilings};
