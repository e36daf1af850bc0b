/* conv_u8s8_tile_avx512vnni.h: tiles of P positions x NV vectors whose sums stay in registers. Single tiles make their sums,
 * then store them. Paired tiles have two sets of sums: while one is made, the other one is stored, a unit now and then, so
 * that the multiplying and the converting pipes of the core work at the same time. Sums do not pass through memory: a store
 * of 64 bytes stops the pipes of vpdpbusd for a cycle (Zen 5).
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_CONV_U8S8_TILE_AVX512VNNI_H
#define OCT_CONV_U8S8_TILE_AVX512VNNI_H

#include "kernels/avx512vnni/conv_u8s8_store_avx512vnni.h"
#include "kernels/conv_u8s8_dense.h"

/* Four bytes in all lanes. */
OCT_INLINE __m512i splat(const uint8_t *x)
{
    int32_t quad;
    memcpy(&quad, x, sizeof quad);
    return _mm512_set1_epi32(quad);
}

/* Where the next quads are. */
typedef struct place {
    const uint8_t *x, *last; /* of the first position; the last quad of the run */
    const int8_t *w;
    int64_t left;            /* quads of the run */
    int64_t row, col;        /* the run */
} place;

OCT_INLINE place start_run(const oct_conv_u8s8_tile *t, const uint8_t *first, const int8_t *w, int64_t row, int64_t col)
{
    const uint8_t *x = first + row * t->x_row + col * t->x_col;
    return (place){x, x + oct_max64(t->n_bytes - 4, 0), w, oct_ceil_div(t->n_bytes, 4), row, col};
}

OCT_INLINE place next_run(const oct_conv_u8s8_tile *t, const uint8_t *first, place at, int64_t nv)
{
    if (at.col + 1 < t->n_cols)
        return start_run(t, first, at.w, at.row, at.col + 1);
    return start_run(t, first, at.w + t->w_row * 64 * nv, at.row + 1, 0);
}

/* Results whose sums lie in memory and may want a shift times `x_sums` of their position. */
static void store_spilled(const finisher *f, waiting s, int32_t *sums, const oct_conv_u8s8_tile *t, const int32_t *x_sums,
                          int64_t nv)
{
    int32_t *at = sums;
    for (int64_t p = 0; x_sums && p < s.n; p++)
        for (int64_t v = 0; v < nv; v++, at += 16) {
            const __m512i more = _mm512_mullo_epi32(load(t->shift + 16 * v), _mm512_set1_epi32(x_sums[p]));
            _mm512_storeu_si512(at, _mm512_add_epi32(load(at), more));
        }
    finish_all(f, s, sums, nv);
}

/* From a quad of the weights to what is prefetched with it: while one panel is used, those of the next one come from the L3
 * cache, one line of each row of quads a turn. */
OCT_INLINE int64_t get_ahead(const oct_conv_u8s8_tile *t, int64_t turn, int64_t nv)
{
    return t->w_next && turn < nv ? t->w_next + 64 * turn : 0;
}

/* Tiles of one vector have no time to load more. */
#define PREFETCH_1(at) (void)(at);
#define PREFETCH_2(at) _mm_prefetch((const char *)(at), _MM_HINT_T1);
#define PREFETCH_4(at) PREFETCH_2(at)

/* M(a, p, x) for each position p, M(a, p, v) for each vector v; a: the set of sums */
#define P_1(M, a, x) M(a, 0, x)
#define P_2(M, a, x) P_1(M, a, x) M(a, 1, x)
#define P_3(M, a, x) P_2(M, a, x) M(a, 2, x)
#define P_4(M, a, x) P_3(M, a, x) M(a, 3, x)
#define P_5(M, a, x) P_4(M, a, x) M(a, 4, x)
#define P_6(M, a, x) P_5(M, a, x) M(a, 5, x)
#define P_7(M, a, x) P_6(M, a, x) M(a, 6, x)
#define P_8(M, a, x) P_7(M, a, x) M(a, 7, x)
#define P_12(M, a, x) P_8(M, a, x) M(a, 8, x) M(a, 9, x) M(a, 10, x) M(a, 11, x)
#define V_1(M, a, p) M(a, p, 0)
#define V_2(M, a, p) V_1(M, a, p) M(a, p, 1)
#define V_4(M, a, p) V_2(M, a, p) M(a, p, 2) M(a, p, 3)

/* Position p is at x + p * step; seven of them need three strides, more a second base. */
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

#define DECLARE_V(a, p, v) __m512i a##p##_##v;
#define DECLARE(a, p, NV) V_##NV(DECLARE_V, a, p)
#define BIAS_V(a, p, v) a##p##_##v = load(bias + 16 * v);
#define BIAS(a, p, NV) V_##NV(BIAS_V, a, p)
#define LOAD_W_V(a, p, v) const __m512i w##v = load(w + 64 * v);
#define DOT_V(a, p, v) DOT(a##p##_##v, q, w##v);
#define DOT_P(a, p, NV) { const __m512i q = splat(X_##p); V_##NV(DOT_V, a, p) }
#define SPILL_V(a, p, v) _mm512_store_si512(spilled + 16 * (p * n_vec + v), a##p##_##v);
#define SPILL(a, p, NV) V_##NV(SPILL_V, a, p)

/* The next n quads. */
#define ADVANCE(a, P, NV, n)                                                                                  \
    for (int64_t count = n; count > 0;) {                                                                     \
        const uint8_t *x = at.x;                                                                              \
        const int8_t *w = at.w;                                                                               \
        const int64_t now = oct_min64(count, at.left);                                                        \
        for (int64_t i = now; i > 0; i--, x += oct_min64(at.last - x, 4), w += 64 * NV) {                     \
            const uint8_t *x7 = x + step7;                                                                    \
            PREFETCH_##NV(w + ahead)                                                                          \
            V_##NV(LOAD_W_V, a, 0) P_##P(DOT_P, a, NV)                                                        \
            (void)x7;                                                                                         \
        }                                                                                                     \
        count -= now;                                                                                         \
        at.w = w;                                                                                             \
        if (count > 0)                                                                                        \
            at = next_run(t, first, at, NV);                                                                  \
    }

/* Strides that X_p takes, not as sums: the compiler would keep an address a position in memory instead. */
#define STRIDES                                                                                               \
    int64_t step = t->x_step, step3 = 3 * step, step5 = 5 * step, step7 = 7 * step;                           \
    OPAQUE(step3);                                                                                            \
    OPAQUE(step5);                                                                                            \
    OPAQUE(step7);                                                                                            \
    (void)step3, (void)step5, (void)step7;

/* ---- single tiles ---- */

#define PLAIN(a, b, c, d, NV) s = finish_unit(f, s, a, b, c, d, FINISH_PLAIN, NV);
#define STORE_1x1 PLAIN(a0_0, a0_0, a0_0, a0_0, 1)
#define STORE_2x1 PLAIN(a0_0, a1_0, a0_0, a0_0, 1)
#define STORE_4x1 PLAIN(a0_0, a1_0, a2_0, a3_0, 1)
#define STORE_8x1 STORE_4x1 PLAIN(a4_0, a5_0, a6_0, a7_0, 1)
#define STORE_12x1 STORE_8x1 PLAIN(a8_0, a9_0, a10_0, a11_0, 1)
#define STORE_1x2 ONE(a0_0, a0_1)
#define STORE_2x2 PLAIN(a0_0, a0_1, a1_0, a1_1, 2)
#define ONE(a, b) finish_as(f, s, (rounded){{a, b}}, FINISH_PLAIN, 2, 2);
#define STORE_4x2 STORE_2x2 PLAIN(a2_0, a2_1, a3_0, a3_1, 2)
#define STORE_7x2 STORE_4x2 PLAIN(a4_0, a4_1, a5_0, a5_1, 2) ONE(a6_0, a6_1)
#define STORE_1x4 PLAIN(a0_0, a0_1, a0_2, a0_3, 4)
#define STORE_2x4 STORE_1x4 PLAIN(a1_0, a1_1, a1_2, a1_3, 4)
#define STORE_3x4 STORE_2x4 PLAIN(a2_0, a2_1, a2_2, a2_3, 4)
#define STORE_4x4 STORE_3x4 PLAIN(a3_0, a3_1, a3_2, a3_3, 4)
#define STORE_5x4 STORE_4x4 PLAIN(a4_0, a4_1, a4_2, a4_3, 4)
#define STORE_6x4 STORE_5x4 PLAIN(a5_0, a5_1, a5_2, a5_3, 4)

/* P positions x NV vectors, n_tiles times. */
#define SINGLE(P, NV)                                                                                         \
    static void single_##P##x##NV(const oct_conv_u8s8_tile *t)                                                \
    {                                                                                                         \
        enum { n_vec = NV, n_units = (P * NV + 3) / 4 };                                                      \
        finisher finish_it;                                                                                   \
        const finisher *f = &finish_it;                                                                       \
        get_finisher(&finish_it, &t->out, t->bounded, t->y_step, t->r_step);                                  \
        STRIDES                                                                                               \
        const int64_t n_quads = t->n_rows * t->n_cols * oct_ceil_div(t->n_bytes, 4);                          \
        const uint8_t *first = t->x, *r = t->r;                                                               \
        const __mmask64 mask = first_bits(t->n_oc);                                                           \
        const int32_t *sums = t->shift ? t->sums : NULL;                                                      \
        uint8_t *y = t->y;                                                                                    \
        _Alignas(64) int32_t spilled[64 * n_units];                                                           \
        _mm512_store_si512(spilled + 64 * n_units - 16, _mm512_setzero_si512());                              \
        for (int64_t n = t->n_tiles; n > 0; n--) {                                                            \
            const int32_t *bias = t->bias;                                                                    \
            P_##P(DECLARE, a, NV) P_##P(BIAS, a, NV)                                                          \
            const int64_t ahead = get_ahead(t, t->n_ahead + t->n_tiles - n, NV);                              \
            place at = start_run(t, first, t->w, 0, 0);                                                       \
            ADVANCE(a, P, NV, n_quads)                                                                        \
            waiting s = {y, r, t->mult, P, mask};                                                             \
            if (f->how == FINISH_PLAIN && !sums) {                                                            \
                STORE_##P##x##NV                                                                              \
            } else {                                                                                          \
                P_##P(SPILL, a, NV)                                                                           \
                store_spilled(f, s, spilled, t, sums, NV);                                                    \
            }                                                                                                 \
            sums = sums ? sums + P : NULL;                                                                    \
            first += P * step;                                                                                \
            y += P * t->y_step;                                                                               \
            r += P * t->r_step;                                                                               \
        }                                                                                                     \
    }

/* ---- paired tiles ---- */

/* Longer sums of bytes hide their stores anyway; a residual's takes more to hide. */
#define MOST_PAIRED 512
#define LEAST_PAIRED 32

/* Whether paired tiles serve n positions: results that keep up with the sums. Seven positions of 64 channels would else be tiles
 * of three and four, which want more weights from L2 than it brings. */
static bool may_pair(const oct_conv_u8s8_tile *t, finish how, int64_t nv, int64_t n)
{
    const int64_t n_bytes = t->n_rows * t->n_bytes;
    return n_bytes >= LEAST_PAIRED && (n_bytes <= MOST_PAIRED || n == 7 || t->out.add) &&
           (how == FINISH_PLAIN || (nv > 1 && how == FINISH_ADD));
}

#define MOST_PARTS 4

/* The quads of a tile in n nearly equal parts: of one run, or whole runs of several rows. */
typedef struct parts {
    int64_t runs[MOST_PARTS], quads[MOST_PARTS];
    int64_t x_jump, w_jump; /* bytes from the end of a run to the start of the next one */
} parts;

OCT_INLINE parts get_parts(const oct_conv_u8s8_tile *t, int64_t n, int64_t nv)
{
    const int64_t n_quads = t->n_bytes / 4, n_rows = t->n_rows;
    parts part = {{0}, {0}, n_rows > 1 ? t->x_row - t->n_bytes : 0, n_rows > 1 ? t->w_row * 64 * nv : 0};
    for (int64_t i = 0; i < n; i++) {
        part.runs[i] = n_rows > 1 ? (n_rows + i) / n : 1;
        part.quads[i] = n_rows > 1 ? n_quads : (n_quads + i) / n;
    }
    return part;
}

/* Which weights, constants and results a tile has: those of a panel of up to 32 channels, or of the halves of one of 64. */
typedef struct side {
    const int8_t *w;
    const int32_t *bias;
    const float *mult;
    int64_t at; /* its first channel in the panel */
    __mmask64 mask;
} side;

OCT_INLINE side get_side(const oct_conv_u8s8_tile *t, int64_t i, int64_t nv)
{
    const int64_t at = nv < 4 ? 0 : 32 * i;
    const __mmask64 mask = first_bits(t->n_oc) >> at;
    return (side){(const int8_t *)t->w + 4 * at, t->bias + at, t->mult + at, at, nv < 4 ? mask : mask & 0xffffffff};
}

/* From one side's image, results and residual to the next one's: the same positions' other half, or P further. */
typedef struct jump {
    int64_t x, y, r;
} jump;

OCT_INLINE jump get_jump(const oct_conv_u8s8_tile *t, int64_t i, int64_t P, int64_t nv)
{
    const int64_t half = nv < 4 ? 0 : 32, r_half = t->out.add ? half : 0;
    if (nv == 4 && i == 0)
        return (jump){0, half, r_half};
    return (jump){P * t->x_step, P * t->y_step - half, P * t->r_step - r_half};
}

/* Part u of the sums of a. */
#define PART(a, P, NV, u)                                                                                     \
    for (int64_t run = part.runs[u]; run > 0; run--, x += part.x_jump, w += part.w_jump)                      \
        for (int64_t i = part.quads[u]; i > 0; i--, x += 4, w += w_step) {                                    \
            const uint8_t *x7 = x + step7;                                                                    \
            PREFETCH_##NV(w + ahead)                                                                          \
            V_##NV(LOAD_W_V, a, 0) P_##P(DOT_P, a, NV)                                                        \
            (void)x7;                                                                                         \
        }

/* The same, then unit u of the other set. */
#define UNIT(a, P, NV, u, b, c, d, e)                                                                         \
    PART(a, P, NV, u)                                                                                         \
    s = finish_unit(f, s, b, c, d, e, how, NV);
#define UNITS_7x2(a, b)                                                                                       \
    UNIT(a, 7, 2, 0, b##0_0, b##0_1, b##1_0, b##1_1)                                                          \
    UNIT(a, 7, 2, 1, b##2_0, b##2_1, b##3_0, b##3_1)                                                          \
    UNIT(a, 7, 2, 2, b##4_0, b##4_1, b##5_0, b##5_1)                                                          \
    PART(a, 7, 2, 3)                                                                                          \
    finish_as(f, s, (rounded){{b##6_0, b##6_1}}, how, 2, 2);
#define UNITS_12x1(a, b)                                                                                      \
    UNIT(a, 12, 1, 0, b##0_0, b##1_0, b##2_0, b##3_0)                                                         \
    UNIT(a, 12, 1, 1, b##4_0, b##5_0, b##6_0, b##7_0)                                                         \
    UNIT(a, 12, 1, 2, b##8_0, b##9_0, b##10_0, b##11_0)

/* The last tile, which no other one hides. */
#define LAST_7x2(a)                                                                                           \
    PLAIN(a##0_0, a##0_1, a##1_0, a##1_1, 2)                                                                  \
    PLAIN(a##2_0, a##2_1, a##3_0, a##3_1, 2)                                                                  \
    PLAIN(a##4_0, a##4_1, a##5_0, a##5_1, 2)                                                                  \
    finish_as(f, s, (rounded){{a##6_0, a##6_1}}, FINISH_PLAIN, 2, 2);
#define LAST_12x1(a)                                                                                          \
    PLAIN(a##0_0, a##1_0, a##2_0, a##3_0, 1)                                                                  \
    PLAIN(a##4_0, a##5_0, a##6_0, a##7_0, 1)                                                                  \
    PLAIN(a##8_0, a##9_0, a##10_0, a##11_0, 1)

#define NOTHING_V(a, p, v) a##p##_##v = _mm512_setzero_si512();
#define NOTHING(a, p, NV) V_##NV(NOTHING_V, a, p)
#define KEEP_V(a, p, v) a##p##_##v = b##p##_##v; IN_REGISTER(a##p##_##v);
#define KEEP(a, p, NV) V_##NV(KEEP_V, a, p)

/* The sums of b are made while a is stored; then b waits. */
#define TURN(b, a, P, NV)                                                                                     \
    {                                                                                                         \
        const side *own = &sides[turn % 2];                                                                   \
        const uint8_t *x = first;                                                                             \
        const int8_t *w = own->w;                                                                             \
        const int32_t *bias = own->bias;                                                                      \
        const int64_t ahead = get_ahead(t, t->n_ahead + turn, nv) - (w - (const int8_t *)t->w);               \
        P_##P(BIAS, b, NV)                                                                                    \
        UNITS_##P##x##NV(b, a)                                                                                \
        s = (waiting){y, r, own->mult, P, own->mask};                                                         \
        if (turn + 1 == n_turns) {                                                                            \
            if (how == FINISH_PLAIN) {                                                                        \
                LAST_##P##x##NV(b)                                                                            \
                return;                                                                                       \
            }                                                                                                 \
            _mm512_store_si512(spilled + 64 * n_units - 16, _mm512_setzero_si512());                          \
            P_##P(SPILL, b, NV)                                                                               \
            finish_all(f, s, spilled, NV);                                                                    \
            return;                                                                                           \
        }                                                                                                     \
        first += jumps[turn % 2].x;                                                                           \
        y += jumps[turn % 2].y;                                                                               \
        r += jumps[turn % 2].r;                                                                               \
        turn++;                                                                                               \
    }

/* nv: of the panel. Nothing is stored in the first turn. What is done most has both turns as code, the rest one: b becomes a. */
#define PAIR(P, NV)                                                                                           \
    OCT_INLINE void pair_##P##x##NV(const oct_conv_u8s8_tile *t, const finisher *f, const int64_t nv, const finish how) \
    {                                                                                                         \
        enum { n_vec = NV, n_units = (P * NV + 3) / 4 };                                                      \
        STRIDES                                                                                               \
        const parts part = get_parts(t, n_units, nv);                                                         \
        const side sides[2] = {get_side(t, 0, nv), get_side(t, 1, nv)};                                       \
        const jump jumps[2] = {get_jump(t, 0, P, nv), get_jump(t, 1, P, nv)};                                 \
        const int64_t w_step = 64 * nv, n_turns = nv > NV ? 2 * t->n_tiles : t->n_tiles;                      \
        const uint8_t *first = t->x, *r = t->r;                                                               \
        uint8_t *y = t->y;                                                                                    \
        waiting s = {y, r, t->mult, P, 0};                                                                    \
        _Alignas(64) int32_t spilled[64 * n_units];                                                           \
        P_##P(DECLARE, a, NV) P_##P(DECLARE, b, NV)                                                           \
        P_##P(NOTHING, a, NV)                                                                                 \
        for (int64_t turn = 0;;) {                                                                            \
            TURN(b, a, P, NV)                                                                                 \
            if (how == FINISH_PLAIN && NV == 2) {                                                             \
                TURN(a, b, P, NV)                                                                             \
            } else {                                                                                          \
                P_##P(KEEP, a, NV)                                                                            \
            }                                                                                                 \
        }                                                                                                     \
    }

SINGLE(1, 1) SINGLE(2, 1) SINGLE(4, 1) SINGLE(8, 1) SINGLE(12, 1)
SINGLE(1, 2) SINGLE(2, 2) SINGLE(4, 2) SINGLE(7, 2)
SINGLE(1, 4) SINGLE(2, 4) SINGLE(3, 4) SINGLE(4, 4) SINGLE(5, 4) SINGLE(6, 4)
PAIR(12, 1)
PAIR(7, 2)

/* Functions of their own, lest gcc mixes their registers. */
OCT_NOINLINE void pair_narrow(const oct_conv_u8s8_tile *t, const finisher *f, int64_t nv)
{
    (void)nv;
    pair_12x1(t, f, 1, FINISH_PLAIN);
}

OCT_NOINLINE void pair_plain(const oct_conv_u8s8_tile *t, const finisher *f, int64_t nv)
{
    pair_7x2(t, f, nv, FINISH_PLAIN);
}

OCT_NOINLINE void pair_added(const oct_conv_u8s8_tile *t, const finisher *f, int64_t nv)
{
    pair_7x2(t, f, nv, FINISH_ADD);
}

/* t->n_tiles of 12 x 16, 7 x 32 or, as halves, 7 x 64. */
static void run_pairs(const oct_conv_u8s8_tile *t, const finisher *f, int64_t nv)
{
    if (nv == 1)
        pair_narrow(t, f, nv);
    else if (f->how == FINISH_PLAIN)
        pair_plain(t, f, nv);
    else
        pair_added(t, f, nv);
}

#endif
