/* conv_u8s8_dw_avx2.h: depthwise convolution of uint8 with int8, level avx2: 16 channels as int16, two taps at once by
 * vpmaddwd, whose sums of at most 2*255*255 do not saturate. Unpacking words puts pairs into the order that the packs of the
 * store undo: channel 8*l + 4*v + e is in element e of lane l of vector v.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_CONV_U8S8_DW_AVX2_H
#define OCT_CONV_U8S8_DW_AVX2_H

#include <string.h>

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

/* slow: with a residual, or multipliers that are not bounded. */
OCT_INLINE void finish_sums(uint8_t *y, const uint8_t *r, pair acc, const float *mult, bool slow,
                            const oct_conv_u8s8_out *out, const output *o)
{
    if (slow)
        store_added_16(y, out->add ? r : y, acc.v[0], acc.v[1], mult, out, o);
    else
        store_16(y, scale(acc.v[0], mult), scale(acc.v[1], mult + 8), o);
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
        finish_sums(r->y + p * r->y_step, r->out.add ? r->r + p * r->r_step : NULL, acc, r->mult, true,
                    &r->out, &o);
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

/* The rows of the image under a line; one that is outside is a pixel of zeros, again and again. */
typedef struct line_rows {
    const uint8_t *x[3];
    int64_t x_step[3];
    uint8_t zeros[16];
} line_rows;

static void set_rows(line_rows *r, const oct_conv_u8s8_dw_lines *l, const oct_conv_u8s8_dw_line *line)
{
    memset(r->zeros, l->x_flip, sizeof r->zeros);
    for (int64_t k = 0; k < 3; k++) {
        const bool inside = (line->inside >> 8 * k & 1) != 0;
        r->x[k] = inside ? line->x[k] + l->channel : r->zeros;
        r->x_step[k] = inside ? l->x_step : 0;
    }
}

OCT_INLINE __m256i load_line(const oct_conv_u8s8_dw_lines *l, const line_rows *rows, int64_t k, int64_t col, bool whole)
{
    const __m128i x = load_bytes(rows->x[k] + col * rows->x_step[k], whole ? 16 : l->n_channels);
    return _mm256_cvtepu8_epi16(whole ? x : _mm_xor_si128(x, _mm_set1_epi8((char)l->x_flip)));
}

/* Variables u0, u1 = pairs of the first two rows of a column, third = words of the third; zeros outside. */
#define LOAD_COLUMN(u, third, at)                                                                       \
    if ((at) < 0 || (at) >= l->W) {                                                                     \
        u##0 = u##1 = third = _mm256_setzero_si256();                                                   \
    } else {                                                                                            \
        const __m256i t0_ = load_line(l, &rows, 0, at, whole), t1_ = load_line(l, &rows, 1, at, whole);               \
        u##0 = _mm256_unpacklo_epi16(t0_, t1_);                                                         \
        u##1 = _mm256_unpackhi_epi16(t0_, t1_);                                                         \
        third = load_line(l, &rows, 2, at, whole);                                                             \
    }

#define MADD(x0, x1, w)                                                                                 \
    acc0 = _mm256_add_epi32(acc0, _mm256_madd_epi16(x0, load(w)));                                      \
    acc1 = _mm256_add_epi32(acc1, _mm256_madd_epi16(x1, load((w) + 16)));
#define MADD_ROW(t0, t1, w) MADD(_mm256_unpacklo_epi16(t0, t1), _mm256_unpackhi_epi16(t0, t1), w)

/* One position of the columns c and d and the next, which takes the place of c. The third row makes pairs of neighbouring
 * columns: first and second [w6 w7], second and third [0 w8]. */
#define SLIDE(c, d)                                                                                     \
    {                                                                                                   \
        const int32_t *bias = l->bias + 16 * (line->class + l->classes[p]);                                                  \
        __m256i acc0 = load(bias), acc1 = load(bias + 8);                                               \
        if (stride == 2) {                                                                              \
            LOAD_COLUMN(d, last1, col + 1)                                                              \
        }                                                                                               \
        MADD_ROW(last0, last1, w + 96)                                                                  \
        MADD(c##0, c##1, w)                                                                             \
        MADD(d##0, d##1, w + 32)                                                                        \
        LOAD_COLUMN(c, last2, col + 2)                                                                  \
        MADD(c##0, c##1, w + 64)                                                                        \
        MADD_ROW(last1, last2, w + 128)                                                                 \
        last0 = stride == 1 ? last1 : last2;                                                            \
        last1 = last2;                                                                                  \
        finish_sums(line->y + l->channel + p * l->y_step, line->r + l->channel + p * l->r_step, (pair){{acc0, acc1}}, \
                    l->mult, slow, &l->out, &o);                                                        \
        if (++p == l->n_positions)                                                                      \
            break;                                                                                      \
        col += stride;                                                                                  \
    }

OCT_INLINE void slide_line(const oct_conv_u8s8_dw_lines *lines, int64_t i, int64_t stride, bool whole, bool slow)
{
    const oct_conv_u8s8_dw_lines local = *lines, *l = &local; /* which y cannot overlap */
    const oct_conv_u8s8_dw_line copy = l->lines[i], *line = &copy;
    line_rows rows;
    set_rows(&rows, l, line);
    const output o = get_output(&l->out, whole ? 16 : l->n_channels);
    const int16_t *w = l->w;
    int64_t col = l->col, p = 0;
    __m256i a0, a1, b0, b1, last0, last1, last2;
    LOAD_COLUMN(a, last0, col)
    b0 = b1 = last1 = a0;
    if (stride == 1) {
        LOAD_COLUMN(b, last1, col + 1)
    }
    for (;;) {
        SLIDE(a, b)
        if (stride == 1)
            SLIDE(b, a)
    }
}

OCT_INLINE void slide(const oct_conv_u8s8_dw_lines *l, int64_t stride, bool whole, bool slow)
{
    for (int64_t i = 0; i < l->n_lines; i++)
        slide_line(l, i, stride, whole, slow);
}

static void run_lines(const oct_conv_u8s8_dw_lines *l)
{
    const bool whole = l->n_channels == 16 && l->x_flip == 0 && l->bounded && !l->out.add;
    if (l->stride == 1 && whole)
        slide(l, 1, true, false);
    else if (l->stride == 1)
        slide(l, 1, false, true);
    else if (whole)
        slide(l, 2, true, false);
    else
        slide(l, 2, false, true);
}

static int64_t depthwise_slot(int64_t c)
{
    return slot(1, c);
}

static const oct_conv_u8s8_dw depthwise = {
    .block = 16, .group = 2, .most_copies = 1, .words = true, .slot = depthwise_slot, .run = run_row, .run_lines = run_lines,
    .line_taps = {0, 2, 4, 1, 3, 5, 6, 7, 9}, .line_size = 10};
static const char depthwise_name[] = "avx2 u8s8 depthwise";

#endif
