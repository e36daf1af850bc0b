/* conv_u8s8_dw_avx2.h: depthwise convolution of uint8 with int8, level avx2: 16 channels as int16, two taps at once by
 * vpmaddwd, whose sums of at most 2*255*255 do not saturate. Unpacking words puts pairs into the order that the packs of the
 * store undo: channel 8*l + 4*v + e is in element e of lane l of vector v.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_CONV_U8S8_DW_AVX2_H
#define OCT_CONV_U8S8_DW_AVX2_H

#include "kernels/conv_u8s8_dw.h"
#include "kernels/avx2/conv_u8s8_store_avx2.h"

typedef struct pair {
    __m256i v[2];
} pair;

/* acc += [t0 t1] * w, pair by pair. */
OCT_INLINE pair madd(pair acc, pair x, const int16_t *w)
{
    return (pair){{_mm256_add_epi32(acc.v[0], _mm256_madd_epi16(x.v[0], load(w))),
                   _mm256_add_epi32(acc.v[1], _mm256_madd_epi16(x.v[1], load(w + 16)))}};
}

OCT_INLINE pair interleave(__m256i t0, __m256i t1)
{
    return (pair){{_mm256_unpacklo_epi16(t0, t1), _mm256_unpackhi_epi16(t0, t1)}};
}

/* ---- any kernel ---- */

/* 16 channels of one tap, as words; zeros outside. */
OCT_INLINE __m256i load_tap(const oct_conv_u8s8_dw_row *r, int64_t tap, int64_t x_at, __m128i flip, bool whole)
{
    if (tap >= r->n_taps || (!whole && r->offset[tap] == OCT_CONV_U8S8_DW_OUTSIDE))
        return _mm256_setzero_si256();
    const __m128i x = load_bytes(r->x + r->offset[tap] + x_at, whole ? 16 : r->n_channels);
    return _mm256_cvtepu8_epi16(_mm_xor_si128(x, flip));
}

OCT_INLINE void run_positions(const oct_conv_u8s8_dw_row *r, bool whole)
{
    const output o = get_output(&r->out, r->n_channels);
    const __m128i flip = _mm_set1_epi8((char)r->x_flip);
    for (int64_t p = 0; p < r->n_positions; p++) {
        const int64_t at = p * r->x_step;
        pair acc = {{load(r->bias), load(r->bias + 8)}};
        for (int64_t t = 0; t < r->n_taps; t += 2)
            acc = madd(acc, interleave(load_tap(r, t, at, flip, whole), load_tap(r, t + 1, at, flip, whole)),
                       (const int16_t *)r->w + 16 * t);
        uint8_t *y = r->y + p * r->y_step;
        store_added_16(y, r->out.add ? r->r + p * r->r_step : y, acc.v[0], acc.v[1], r->mult, &r->out, &o);
    }
}

static void run_row(const oct_conv_u8s8_dw_row *r)
{
    if (r->all_inside && r->n_channels == 16)
        run_positions(r, true);
    else
        run_positions(r, false);
}

/* ---- 3 x 3: columns slide through registers ---- */

#define MOST_COLUMNS 4

typedef struct line_weights {
    int16_t pairs[5][16][2];
} line_weights;

static const uint8_t zeros[16];

/* The three rows of the image under a line, channel 0 of the block in column 0; one outside is zeros, again and again. */
typedef struct line_rows {
    const uint8_t *x[3];
    int64_t step[3]; /* from column to column */
} line_rows;

static line_rows get_rows(const oct_conv_u8s8_dw_lines *l, const oct_conv_u8s8_dw_line *line)
{
    line_rows rows;
    for (int64_t k = 0; k < 3; k++) {
        const bool inside = (line->inside >> 8 * k & 1) != 0;
        rows.x[k] = inside ? line->x[k] + l->channel : zeros;
        rows.step[k] = inside ? l->x_step : 0;
    }
    return rows;
}

/* n columns of the rows from `col` on, 16 bytes each, as uint8; zeros where there are none. */
OCT_NOINLINE void copy_columns(uint8_t (*to)[MOST_COLUMNS][16], const oct_conv_u8s8_dw_lines *l, const line_rows *rows,
                               int64_t col, int64_t n)
{
    const __m128i flip = _mm_set1_epi8((char)l->x_flip);
    for (int64_t k = 0; k < 3; k++)
        for (int64_t i = 0; i < n; i++) {
            __m128i x = _mm_setzero_si128();
            if (col + i >= 0 && col + i < l->W && rows->x[k] != zeros)
                x = _mm_xor_si128(load_bytes(rows->x[k] + (col + i) * rows->step[k], l->n_channels), flip);
            _mm_store_si128((__m128i *)(void *)to[k][i], x);
        }
}

OCT_INLINE __m256i load_words(const uint8_t *x)
{
    return _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(const void *)x));
}

#define JOIN(u, t0, t1)                                                                                     \
    u##0 = _mm256_unpacklo_epi16(t0, t1);                                                                   \
    u##1 = _mm256_unpackhi_epi16(t0, t1);

/* Variables u0, u1 = pairs of the first two rows of column i, third = words of the third. */
#define LOAD_COLUMN(u, third, i)                                                                            \
    {                                                                                                       \
        const __m256i t0_ = load_words(x0 + (i) * step0), t1_ = load_words(x1 + (i) * step1);               \
        JOIN(u, t0_, t1_)                                                                                   \
        third = load_words(x2 + (i) * step2);                                                               \
    }

/* The same of column `at` + i, zeros outside. */
#define LOAD_CHECKED(u, third, i)                                                                           \
    {                                                                                                       \
        const bool inside_ = (uint64_t)(at + (i)) < (uint64_t)n_inside;                                     \
        const __m256i t0_ = load_words(inside_ ? from0 + (at + (i)) * step0 : zeros);                       \
        const __m256i t1_ = load_words(inside_ ? from1 + (at + (i)) * step1 : zeros);                       \
        JOIN(u, t0_, t1_)                                                                                   \
        third = load_words(inside_ ? from2 + (at + (i)) * step2 : zeros);                                   \
    }

/* a += x * w, with w at byte `at` of the weights; or also b += z * w. Assembler, or gcc keeps weights and sums in memory. */
#define MADD_1(a, x, w, at)                                                                                 \
    {                                                                                                       \
        __m256i u_;                                                                                         \
        __asm__("vpmaddwd %c4(%2), %3, %1\n\tvpaddd %1, %0, %0" : "+x"(a), "=&x"(u_) : "r"(w), "x"(x), "i"(at), "m"(*(w))); \
    }
#define MADD_2(a, b, x, z, w, at)                                                                           \
    {                                                                                                       \
        __m256i u_, v_;                                                                                     \
        __asm__("vmovdqu %c7(%4), %2\n\tvpmaddwd %2, %5, %3\n\tvpmaddwd %2, %6, %2\n\tvpaddd %3, %0, %0\n\t" \
                "vpaddd %2, %1, %1"                                                                         \
                : "+x"(a), "+x"(b), "=&x"(u_), "=&x"(v_)                                                    \
                : "r"(w), "x"(x), "x"(z), "i"(at), "m"(*(w)));                                              \
    }
#define MADD_A(x, w, at) MADD_1(a0, x##0, w, at) MADD_1(a1, x##1, w, 32 + at)
#define MADD_B(x, w, at) MADD_1(b0, x##0, w, at) MADD_1(b1, x##1, w, 32 + at)
/* Two positions at once: a, of x, and b, of z. */
#define MADD(x, z, w, at) MADD_2(a0, b0, x##0, z##0, w, at) MADD_2(a1, b1, x##1, z##1, w, 32 + at)

#define ADD_1(LOAD)         \
    MADD_A(p, third, 0)     \
    MADD_B(p, w, 192)       \
    MADD(c, d, w, 0)        \
    LOAD(c, last, 0)        \
    MADD(d, c, w, 64)       \
    LOAD(d, next, 1)        \
    JOIN(p, last, next)     \
    MADD(c, d, w, 128)      \
    MADD_A(p, third, 64)    \
    MADD_B(p, w, 256)

#define ADD_2(LOAD)         \
    LOAD(d, last, 0)        \
    LOAD(e, next, 1)        \
    JOIN(q, last, next)     \
    MADD(p, q, w, 192)      \
    MADD(c, e, w, 0)        \
    LOAD(f, last, 2)        \
    MADD(d, f, w, 64)       \
    LOAD(c, next, 3)        \
    JOIN(p, last, next)     \
    MADD(e, c, w, 128)      \
    MADD(q, p, w, 256)

#define KEEP_SUMS                                           \
    _mm256_store_si256((__m256i *)(void *)sums, a0);        \
    _mm256_store_si256((__m256i *)(void *)(sums + 8), a1);  \
    _mm256_store_si256((__m256i *)(void *)(sums + 16), b0); \
    _mm256_store_si256((__m256i *)(void *)(sums + 24), b1);

/* [w6 w7] and [w8 0] of 16 channels, made of [0 w6] and [w7 w8]. */
typedef struct third_weights {
    _Alignas(32) int16_t first[16][2], last[16][2];
} third_weights;

static void set_third(third_weights *t, const line_weights *w)
{
    for (int64_t i = 0; i < 16; i += 8) {
        const __m256i w6 = load(w->pairs[3][i]), w78 = load(w->pairs[4][i]);
        _mm256_store_si256((__m256i *)(void *)t->first[i], _mm256_or_si256(_mm256_srli_epi32(w6, 16), _mm256_slli_epi32(w78, 16)));
        _mm256_store_si256((__m256i *)(void *)t->last[i], _mm256_srli_epi32(w78, 16));
    }
}

/* Sums of the positions of a line; one more if their number is odd.
 * Of the third row neighbouring columns make pairs: [c c+1] at column c. With stride 1 two positions of the columns c..c+3
 * take [c c+1] * [w6 w7] + [c+2 c+3] * [w8 0] and [c c+1] * [0 w6] + [c+2 c+3] * [w7 w8]; with stride 2 a position of the
 * columns c, c+1, c+2 takes [c-1 c] * [0 w6] + [c+1 c+2] * [w7 w8]. So one or two new pairs for two positions will do. */
OCT_INLINE void sum_line(int32_t *sums, const oct_conv_u8s8_dw_lines *l, const oct_conv_u8s8_dw_line *line, int64_t stride,
                         const third_weights *third)
{
    const line_rows rows = get_rows(l, line);
    const bool whole = l->n_channels == 16 && l->x_flip == 0;
    const line_weights *w = l->w;
    const int32_t *bias = l->bias + 16 * line->class, *classes = l->classes;
    const int64_t n = l->n_positions, n_columns = 2 * stride, before = 3 - stride; /* columns of two positions, those in front */
    uint8_t columns[3][MOST_COLUMNS][16] __attribute__((aligned(16))); /* copies, if not whole */
    const uint8_t *from0 = whole ? rows.x[0] : columns[0][0], *from1 = whole ? rows.x[1] : columns[1][0];
    const uint8_t *from2 = whole ? rows.x[2] : columns[2][0];
    const int64_t step0 = whole ? rows.step[0] : 16, step1 = whole ? rows.step[1] : 16, step2 = whole ? rows.step[2] : 16;
    const int64_t n_inside = whole ? l->W : MOST_COLUMNS;
    int64_t col = l->col, at = whole ? col : 0;
    __m256i c0, c1, d0, d1, e0, e1, f0, f1, p0, p1, q0, q1, last, next;
    if (!whole)
        copy_columns(columns, l, &rows, col, before);
    LOAD_CHECKED(c, last, 0)
    JOIN(p, last, last)
    if (stride == 1) {
        LOAD_CHECKED(d, next, 1)
        JOIN(p, last, next)
    }
    col += before;
    for (int64_t i = 0, m; i < n; i += 2 * m, col += m * n_columns) {
        const int32_t *a_bias = bias + 16 * classes[i], *b_bias = bias + 16 * classes[i + 1 < n ? i + 1 : i];
        /* pairs of positions all of whose columns are inside */
        m = whole && col >= before ? oct_min64((n - i) / 2, (l->W - col) / n_columns) : 0;
        if (m > 0) {
            const uint8_t *x0 = from0 + col * step0, *x1 = from1 + col * step1, *x2 = from2 + col * step2;
            const int64_t next0 = n_columns * step0, next1 = n_columns * step1, next2 = n_columns * step2;
            for (int64_t k = m; k > 0; k--, sums += 32, x0 += next0, x1 += next1, x2 += next2) {
                __m256i a0 = load(a_bias), a1 = load(a_bias + 8), b0 = load(b_bias), b1 = load(b_bias + 8);
                if (stride == 1) {
                    ADD_1(LOAD_COLUMN)
                } else {
                    ADD_2(LOAD_COLUMN)
                }
                KEEP_SUMS
            }
        } else {
            __m256i a0 = load(a_bias), a1 = load(a_bias + 8), b0 = load(b_bias), b1 = load(b_bias + 8);
            m = 1;
            if (OCT_UNLIKELY(!whole))
                copy_columns(columns, l, &rows, col, n_columns);
            at = whole ? col : 0;
            if (stride == 1) {
                ADD_1(LOAD_CHECKED)
            } else {
                ADD_2(LOAD_CHECKED)
            }
            KEEP_SUMS
            sums += 32;
        }
    }
}

/* Stores the positions of a line. */
OCT_INLINE void finish_line(const oct_conv_u8s8_dw_lines *l, const oct_conv_u8s8_dw_line *line, const int32_t *sums,
                            const output *out)
{
    const output o = *out;
    const int64_t n = l->n_positions, step = l->y_step;
    uint8_t *y = line->y + l->channel;
    if (l->n_channels < 16 || !l->bounded || l->out.add) {
        for (int64_t i = 0; i < n; i++, sums += 16)
            store_added_16(y + i * step, line->r + l->channel + i * l->r_step, load(sums), load(sums + 8), l->mult, &l->out, &o);
        return;
    }
    const __m256 m0 = _mm256_loadu_ps(l->mult), m1 = _mm256_loadu_ps(l->mult + 8);
    for (int64_t i = 1; i < n; i += 2, y += 2 * step, sums += 32)
        store_2x16(y, step, scale(load(sums), m0), scale(load(sums + 8), m1), scale(load(sums + 16), m0),
                   scale(load(sums + 24), m1), &o);
    if (n % 2)
        store_16(y, scale(load(sums), m0), scale(load(sums + 8), m1), &o);
}

static void run_lines(const oct_conv_u8s8_dw_lines *l)
{
    const output o = get_output(&l->out, l->n_channels);
    third_weights third;
    _Alignas(32) int32_t sums[OCT_CONV_U8S8_DW_POSITIONS * 16];
    set_third(&third, l->w);
    for (int64_t i = 0; i < l->n_lines; i++) {
        if (l->stride == 1)
            sum_line(sums, l, &l->lines[i], 1, &third);
        else
            sum_line(sums, l, &l->lines[i], 2, &third);
        finish_line(l, &l->lines[i], sums, &o);
    }
}

static int64_t depthwise_slot(int64_t c)
{
    return c / 4 % 2 * 8 + c / 8 * 4 + c % 4;
}

static const oct_conv_u8s8_dw depthwise = {
    .block = 16, .group = 2, .most_copies = 1, .words = true, .slot = depthwise_slot, .run = run_row, .run_lines = run_lines,
    .line_taps = {0, 2, 4, 1, 3, 5, 7, 8, 9}, .line_size = 10};
static const char depthwise_name[] = "avx2 u8s8 depthwise";

#endif
