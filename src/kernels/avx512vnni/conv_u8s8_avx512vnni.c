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

/* acc += x * w. As an intrinsic gcc copies the sums around between its instructions, which halves the speed. */
#if defined(OCT_EMULATED_AVX512)
#define DOT(acc, x, w) acc = _mm512_dpbusd_epi32(acc, x, w)
#else
#define DOT(acc, x, w) __asm__("vpdpbusd %2, %1, %0" : "+v"(acc) : "v"(x), "v"(w))
#endif

/* Hide where a number comes from: the compiler would keep an address a position in memory instead. */
#if defined(OCT_EMULATED_AVX512)
#define OPAQUE(n)
#else
#define OPAQUE(n) __asm__("" : "+r"(n))
#endif

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
#define SCALE_V(p, v) a##p##_##v = scale(a##p##_##v, m##v, &o);
#define SCALE(p, NV) V_##NV(SCALE_V, p)

#define SPILL_V(p, v) _mm512_storeu_si512(sums_of + 16 * (p * n_vec + v), a##p##_##v);
#define SPILL(p, NV) V_##NV(SPILL_V, p)

#define STORE_1(p) store_16(y + p * t->y_step, a##p##_0, &o);
#define STORE_2(p, q) \
    store_2x32(y + p * t->y_step, y + q * t->y_step, a##p##_0, a##p##_1, a##q##_0, a##q##_1, &o);
#define STORE_4(p) store_64(y + p * t->y_step, a##p##_0, a##p##_1, a##p##_2, a##p##_3, &o);
#define STORE_1_1 STORE_1(0)
#define STORE_2_1 STORE_1_1 STORE_1(1)
#define STORE_3_1 STORE_2_1 STORE_1(2)
#define STORE_4_1 STORE_3_1 STORE_1(3)
#define STORE_5_1 STORE_4_1 STORE_1(4)
#define STORE_6_1 STORE_5_1 STORE_1(5)
#define STORE_7_1 STORE_6_1 STORE_1(6)
#define STORE_8_1 STORE_7_1 STORE_1(7)
#define STORE_9_1 STORE_8_1 STORE_1(8)
#define STORE_10_1 STORE_9_1 STORE_1(9)
#define STORE_11_1 STORE_10_1 STORE_1(10)
#define STORE_12_1 STORE_11_1 STORE_1(11)
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

/* n positions with a residual. */
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
            if (t->out.add) {                                                                          \
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

/* Channel of NV vectors whose lanes of four are packed side by side. */
static int64_t slot(int64_t nv, int64_t c)
{
    return c % (4 * nv) / 4 * 16 + c / (4 * nv) * 4 + c % 4;
}

static const oct_conv_u8s8_tiles tiles = {
    .vl = 16,
    .nv = 2,
    .max_p = {[1] = 14, [2] = 14, [4] = 6},
    .slot = slot,
    .sum = sum_taps,
    .run = {[1] = {NULL, tile_1x1, tile_2x1, tile_3x1, tile_4x1, tile_5x1, tile_6x1, tile_7x1, tile_8x1, tile_9x1,
                   tile_10x1, tile_11x1, tile_12x1, tile_13x1, tile_14x1},
            [2] = {NULL, tile_1x2, tile_2x2, tile_3x2, tile_4x2, tile_5x2, tile_6x2, tile_7x2, tile_8x2, tile_9x2,
                   tile_10x2, tile_11x2, tile_12x2, tile_13x2, tile_14x2},
            [4] = {NULL, tile_1x4, tile_2x4, tile_3x4, tile_4x4, tile_5x4, tile_6x4}},
    .names = {[1] = "avx512vnni 14x16", [2] = "avx512vnni 14x32", [4] = "avx512vnni 6x64"},
};

/* ---- depthwise ---- */

/* What one pass over a row does: `copies` positions at once, whose bytes begin `far` apart. */
typedef struct pass {
    const oct_conv_u8s8_dw_row *row;
    __m512i flip;
    __mmask64 mask; /* channels of a position */
    int64_t at, far[3];
} pass;

/* 64 channels of one tap, or 32 of two positions, or 16 of four. whole: so many exist, and all taps are inside. */
OCT_INLINE __m512i load_tap(const pass *s, int64_t tap, int64_t copies, bool whole)
{
    const int64_t offset = s->row->offset[tap];
    if (!whole && offset == OCT_CONV_U8S8_DW_OUTSIDE)
        return _mm512_setzero_si512();
    const uint8_t *x = s->row->x + offset + s->at;
    const __mmask64 m = whole ? ~(__mmask64)0 : s->mask;
    __m512i v;
    if (copies == 1) {
        v = _mm512_maskz_loadu_epi8(m, x);
    } else if (copies == 2) {
        v = _mm512_castsi256_si512(_mm256_maskz_loadu_epi8((__mmask32)m, x));
        v = _mm512_inserti64x4(v, _mm256_maskz_loadu_epi8((__mmask32)m, x + s->far[0]), 1);
    } else {
        v = _mm512_castsi128_si512(_mm_maskz_loadu_epi8((__mmask16)m, x));
        v = _mm512_inserti32x4(v, _mm_maskz_loadu_epi8((__mmask16)m, x + s->far[0]), 1);
        v = _mm512_inserti32x4(v, _mm_maskz_loadu_epi8((__mmask16)m, x + s->far[1]), 2);
        v = _mm512_inserti32x4(v, _mm_maskz_loadu_epi8((__mmask16)m, x + s->far[2]), 3);
    }
    return _mm512_xor_si512(v, s->flip);
}

/* Quads [x0 x1 x2 x3] of channel 16*l + 4*v + e land in lane l of vector v. */
OCT_INLINE void add_taps(__m512i acc[4], __m512i x0, __m512i x1, __m512i x2, __m512i x3, const __m512i *w)
{
    const __m512i lo01 = _mm512_unpacklo_epi8(x0, x1), hi01 = _mm512_unpackhi_epi8(x0, x1);
    const __m512i lo23 = _mm512_unpacklo_epi8(x2, x3), hi23 = _mm512_unpackhi_epi8(x2, x3);
    const __m512i q0 = _mm512_unpacklo_epi16(lo01, lo23), q1 = _mm512_unpackhi_epi16(lo01, lo23);
    const __m512i q2 = _mm512_unpacklo_epi16(hi01, hi23), q3 = _mm512_unpackhi_epi16(hi01, hi23);
    DOT(acc[0], q0, w[0]);
    DOT(acc[1], q1, w[1]);
    DOT(acc[2], q2, w[2]);
    DOT(acc[3], q3, w[3]);
}

OCT_INLINE void load_weights(__m512i w[4], const oct_conv_u8s8_dw_row *r, int64_t tap)
{
    for (int v = 0; v < 4; v++)
        w[v] = load((const int8_t *)r->w + 64 * (tap + v));
}

OCT_INLINE void sum_positions(__m512i acc[4], const pass *s, int64_t n_taps, int64_t copies, bool inside)
{
    __m512i w[4];
    int64_t t = 0;
    for (; t + 4 <= n_taps; t += 4) {
        load_weights(w, s->row, t);
        add_taps(acc, load_tap(s, t, copies, inside), load_tap(s, t + 1, copies, inside),
                 load_tap(s, t + 2, copies, inside), load_tap(s, t + 3, copies, inside), w);
    }
    const __m512i none = _mm512_setzero_si512();
    if (t == n_taps)
        return;
    load_weights(w, s->row, t);
    add_taps(acc, load_tap(s, t, copies, inside), t + 1 < n_taps ? load_tap(s, t + 1, copies, inside) : none,
             t + 2 < n_taps ? load_tap(s, t + 2, copies, inside) : none, none, w);
}

/* The 3 x 3 taps of positions that see them all, weights in registers. */
OCT_INLINE void sum_nine(__m512i acc[4], const pass *s, int64_t copies, const __m512i w[12])
{
    const __m512i none = _mm512_setzero_si512();
    add_taps(acc, load_tap(s, 0, copies, true), load_tap(s, 1, copies, true), load_tap(s, 2, copies, true),
             load_tap(s, 3, copies, true), w);
    add_taps(acc, load_tap(s, 4, copies, true), load_tap(s, 5, copies, true), load_tap(s, 6, copies, true),
             load_tap(s, 7, copies, true), w + 4);
    add_taps(acc, load_tap(s, 8, copies, true), none, none, none, w + 8);
}

/* The bytes of `copies` positions y_step apart, of which the first n exist. */
OCT_INLINE void store_positions(uint8_t *y, int64_t y_step, __mmask64 m, int64_t copies, int64_t n, __m512i v)
{
    if (copies == 1) {
        _mm512_mask_storeu_epi8(y, m, v);
    } else if (copies == 2) {
        _mm256_mask_storeu_epi8(y, (__mmask32)m, _mm512_castsi512_si256(v));
        if (n > 1)
            _mm256_mask_storeu_epi8(y + y_step, (__mmask32)m, _mm512_extracti64x4_epi64(v, 1));
    } else {
        _mm_mask_storeu_epi8(y, (__mmask16)m, _mm512_castsi512_si128(v));
        if (n > 1)
            _mm_mask_storeu_epi8(y + y_step, (__mmask16)m, _mm512_extracti32x4_epi32(v, 1));
        if (n > 2)
            _mm_mask_storeu_epi8(y + 2 * y_step, (__mmask16)m, _mm512_extracti32x4_epi32(v, 2));
        if (n > 3)
            _mm_mask_storeu_epi8(y + 3 * y_step, (__mmask16)m, _mm512_extracti32x4_epi32(v, 3));
    }
}

/* The first n positions of a pass with a residual, channel by channel: no network we know has them here. */
static void finish_added(const oct_conv_u8s8_dw_row *r, int64_t first, int64_t copies, int64_t n, const __m512i acc[4])
{
    int32_t sums[64];
    for (int v = 0; v < 4; v++)
        _mm512_storeu_si512(sums + 16 * v, acc[v]);
    for (int64_t p = 0; p < n; p++)
        for (int64_t c = 0; c < r->n_channels; c++) {
            const int64_t at = slot(4, c + p * 64 / copies);
            r->y[(first + p) * r->y_step + c] =
                oct_conv_u8s8_finish(sums[at], r->mult[at], r->r[(first + p) * r->r_step + c], &r->out);
        }
}

/* nine: 3 x 3 taps, all inside, and as many channels as a pass takes */
OCT_INLINE void run_positions(const oct_conv_u8s8_dw_row *row, int64_t copies, bool nine)
{
    const oct_conv_u8s8_dw_row r = *row; /* which y cannot overlap */
    const output o = get_output(&r.out, r.n_channels);
    pass s = {.row = &r, .flip = _mm512_set1_epi8((char)r.x_flip), .mask = first_bits(r.n_channels)};
    __m512i w[12];
    for (int i = 0; nine && i < 3; i++)
        load_weights(w + 4 * i, &r, 4 * i);
    for (int64_t p = 0; p < r.n_positions; p += copies) {
        const int64_t n = r.n_positions - p < copies ? r.n_positions - p : copies;
        s.at = p * r.x_step;
        for (int64_t i = 1; i < copies; i++)
            s.far[i - 1] = i < n ? i * r.x_step : 0;
        __m512i acc[4] = {load(r.bias), load(r.bias + 16), load(r.bias + 32), load(r.bias + 48)};
        if (nine)
            sum_nine(acc, &s, copies, w);
        else
            sum_positions(acc, &s, r.n_taps, copies, false);
        if (!nine && r.out.add) {
            finish_added(&r, p, copies, n, acc);
            continue;
        }
        for (int v = 0; v < 4; v++)
            acc[v] = scale(acc[v], _mm512_loadu_ps(r.mult + 16 * v), &o);
        store_positions(r.y + p * r.y_step, r.y_step, nine ? ~(__mmask64)0 : s.mask, copies, n,
                        pack(acc[0], acc[1], acc[2], acc[3], &o));
    }
}

OCT_INLINE void run_row(const oct_conv_u8s8_dw_row *r, int64_t copies)
{
    if (r->all_inside && r->n_taps == 9 && r->n_channels * copies == 64 && !r->out.add)
        run_positions(r, copies, true);
    else
        run_positions(r, copies, false);
}

static void run_depthwise(const oct_conv_u8s8_dw_row *r)
{
    if (r->copies == 1)
        run_row(r, 1);
    else if (r->copies == 2)
        run_row(r, 2);
    else
        run_row(r, 4);
}

static int64_t depthwise_slot(int64_t c)
{
    return slot(4, c);
}

static const oct_conv_u8s8_dw depthwise = {.block = 64, .group = 4, .most_copies = 4, .slot = depthwise_slot, .run = run_depthwise};
static const char depthwise_name[] = "avx512vnni depthwise";

#include "kernels/conv_u8s8_level_simd.h"

const oct_conv_u8s8 oct_conv_u8s8_avx512vnni = {describe, packed_size, pack_weights, scratch_size, n_items, run};
