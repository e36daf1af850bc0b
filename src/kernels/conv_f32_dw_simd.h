/* conv_f32_dw_simd.h: the tiles of conv_f32_dw.h, one body for all vector lengths; the ISA file defines V, VL, LOAD, ...
 * as for conv_f32_tile_simd.h and instantiates DW_TILE(KW, S, name, edge).
 *
 *   input columns   q0 q1 q2 q3 ...        one load each; q is tap kw = q - p*S of every pixel p for which 0 <= kw < KW
 *   taps of pixel 0 w0 w1 w2               ascending q keeps each sum's taps in ascending order
 *   taps of pixel 1    w0 w1 w2            (stride 1)
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_CONV_F32_DW_SIMD_H
#define OCT_CONV_F32_DW_SIMD_H

#include <math.h>

#include "base/compiler.h"
#include "kernels/conv_f32_dw.h"

/* The next vector of channels; the last one ends at n_c and may compute some channels twice. n_c when done. */
OCT_INLINE int64_t dw_next(int64_t c, int64_t n_c)
{
    return c + VL == n_c || c + 2 * VL <= n_c ? c + VL : n_c - VL;
}

#define DW_PIXELS(M) M(0) M(1) M(2) M(3) M(4) M(5) M(6)

#define DW_BIAS(p) V a##p = LOAD(bias + c);
#define DW_TAP(kw) ((kw) == 0 ? w0 : (kw) == 1 ? w1 : (kw) == 2 ? w2 : (kw) == 3 ? w3 : w4)
#define DW_STEP(p, q, KW, S) if (q - p * S >= 0 && q - p * S < KW) a##p = FMA(v, DW_TAP(q - p * S), a##p);
#define DW_CLAMP(p) a##p = CLAMP(a##p, lo, hi);
#define DW_STORE(p) if (p < P) { STORE(to, a##p); to += y_pitch; }

/* Columns are reached by adding, not by q * x_step_w, for which there are not enough registers. At an edge some do not
 * exist, and only the index of the column moves. */
#define DW_COLUMN(q, KW, S, edge)                                                                   \
    if (q < 6 * S + KW) {                                                                           \
        if (!edge || (q >= begin && q < end)) {                                                     \
            const V v = LOAD(edge ? x_base + column : x);                                           \
            DW_STEP(0, q, KW, S) DW_STEP(1, q, KW, S) DW_STEP(2, q, KW, S) DW_STEP(3, q, KW, S)     \
            DW_STEP(4, q, KW, S) DW_STEP(5, q, KW, S) DW_STEP(6, q, KW, S)                          \
        }                                                                                           \
        column += x_step_w;                                                                         \
        x += edge ? 0 : x_step_w;                                                                   \
    }
#define DW_4_COLUMNS(KW, S, edge, a, b, c, d)                                                       \
    DW_COLUMN(a, KW, S, edge) DW_COLUMN(b, KW, S, edge) DW_COLUMN(c, KW, S, edge) DW_COLUMN(d, KW, S, edge)
#define DW_COLUMNS(KW, S, edge)                                                                     \
    DW_4_COLUMNS(KW, S, edge, 0, 1, 2, 3) DW_4_COLUMNS(KW, S, edge, 4, 5, 6, 7)                     \
    DW_4_COLUMNS(KW, S, edge, 8, 9, 10, 11) DW_4_COLUMNS(KW, S, edge, 12, 13, 14, 15)               \
    DW_COLUMN(16, KW, S, edge)

/* Seven pixels, whose columns all exist; with `edge` any columns and fewer pixels, of which the others are computed in part.
 * Everything of t is copied first: the compiler must take any store through a vector for a change of t. */
#define DW_TILE(KW, S, name, edge)                                                                  \
    static void name(const oct_conv_f32_dw_tile *t)                                                 \
    {                                                                                               \
        const float *const x_base = t->x, *const bias = t->bias, *const taps = t->w;                \
        const int64_t n_c = t->n_c, n_h = t->n_h, at = t->at, begin = t->begin, end = t->end;       \
        const int64_t x_step_h = t->x_step_h, x_step_w = t->x_step_w, w_step = t->w_step;           \
        const int64_t y_pitch = t->y_pitch, P = edge ? t->P : 7;                                    \
        const V lo = SPLAT(&t->lo), hi = SPLAT(&t->hi);                                             \
        (void)begin, (void)end;                                                                     \
        for (int64_t c = 0; c < n_c; c = dw_next(c, n_c)) {                                         \
            DW_PIXELS(DW_BIAS)                                                                      \
            const float *w = taps + c;                                                              \
            int64_t row = at + c;                                                                   \
            for (int64_t h = n_h; h > 0; h--) {                                                     \
                const V w0 = LOAD(w), w1 = LOAD(w + w_step), w2 = LOAD(w + 2 * w_step);             \
                const V w3 = KW > 3 ? LOAD(w + 3 * w_step) : w0;                                    \
                const V w4 = KW > 4 ? LOAD(w + 4 * w_step) : w0;                                    \
                const float *x = edge ? x_base : x_base + row;                                      \
                int64_t column = row;                                                               \
                DW_COLUMNS(KW, S, edge)                                                             \
                w += KW * w_step;                                                                   \
                row += x_step_h;                                                                    \
            }                                                                                       \
            float *to = t->y + c;                                                                   \
            DW_PIXELS(DW_CLAMP)                                                                     \
            DW_PIXELS(DW_STORE)                                                                     \
        }                                                                                           \
    }

/* One pixel, any kernel: the n_h x (end - begin) taps that exist. */
static void dw_pixel(const oct_conv_f32_dw_tile *t)
{
    const V lo = SPLAT(&t->lo), hi = SPLAT(&t->hi);
    for (int64_t c = 0; c < t->n_c; c = dw_next(c, t->n_c)) {
        V a = LOAD(t->bias + c);
        for (int64_t h = 0; h < t->n_h; h++)
            for (int64_t q = t->begin; q < t->end; q++)
                a = FMA(LOAD(t->x + t->at + h * t->x_step_h + q * t->x_step_w + c),
                        LOAD(t->w + (h * t->KW + q) * t->w_step + c), a);
        STORE(t->y + c, CLAMP(a, lo, hi));
    }
}

/* The same for fewer channels than a vector has. */
static void dw_scalar(const oct_conv_f32_dw_tile *t)
{
    for (int64_t c = 0; c < t->n_c; c++) {
        float a = t->bias[c];
        for (int64_t h = 0; h < t->n_h; h++)
            for (int64_t q = t->begin; q < t->end; q++)
                a = fmaf(t->x[t->at + h * t->x_step_h + q * t->x_step_w + c], t->w[(h * t->KW + q) * t->w_step + c], a);
        a = a < t->lo ? t->lo : a;
        t->y[c] = a > t->hi ? t->hi : a;
    }
}

DW_TILE(3, 1, dw_k3s1, 0) DW_TILE(3, 1, dw_k3s1_edge, 1)
DW_TILE(3, 2, dw_k3s2, 0) DW_TILE(3, 2, dw_k3s2_edge, 1)
DW_TILE(5, 1, dw_k5s1, 0) DW_TILE(5, 1, dw_k5s1_edge, 1)
DW_TILE(5, 2, dw_k5s2, 0) DW_TILE(5, 2, dw_k5s2_edge, 1)

static const oct_conv_f32_dw_tiles dw_tiles = {
    .vl = VL,
    .special = {{3, 1, dw_k3s1, dw_k3s1_edge}, {3, 2, dw_k3s2, dw_k3s2_edge},
                {5, 1, dw_k5s1, dw_k5s1_edge}, {5, 2, dw_k5s2, dw_k5s2_edge}},
    .pixel = dw_pixel,
    .scalar = dw_scalar,
};

#endif
