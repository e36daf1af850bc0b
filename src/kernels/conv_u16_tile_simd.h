/* conv_u16_tile_simd.h: the tile of a SIMD level. Before TILE(form, P, NV) an ISA file defines
 *
 *   VL, vec            int32 in a vector, its type
 *   output, get_output(out), store(y, sum, mult, output, n)     VL channels, n of them exist
 *   form_unit, form_fold, form_weight (the type), form_w_step (weights of a vector's unit)
 *   form_SUMS(p, v), form_LOAD(v), form_POSITION(p, NV), form_FOLD(p, v)   declare sums, load weights, add products of
 *                      position p, fold its sums into int64 and clear them
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_CONV_U16_TILE_SIMD_H
#define OCT_CONV_U16_TILE_SIMD_H

#include <string.h>

#include "base/compiler.h"
#include "kernels/conv_u16_dense.h"

/* Hide where a number comes from: the compiler would keep an address a position in memory instead. */
#if defined(OCT_EMULATED_AVX512)
#define OPAQUE(n)
#else
#define OPAQUE(n) __asm__("" : "+r"(n))
#endif

/* M(p, a) for each position, M(p, v) for each vector */
#define P_1(M, a) M(0, a)
#define P_2(M, a) P_1(M, a) M(1, a)
#define P_3(M, a) P_2(M, a) M(2, a)
#define P_4(M, a) P_3(M, a) M(3, a)
#define P_5(M, a) P_4(M, a) M(4, a)
#define P_6(M, a) P_5(M, a) M(5, a)
#define V_1(M, p) M(p, 0)
#define V_2(M, p) V_1(M, p) M(p, 1)
#define V_4(M, p) V_2(M, p) M(p, 2) M(p, 3)

/* Position p is at x + p * step. */
#define X_0 x
#define X_1 x + step
#define X_2 x + 2 * step
#define X_3 x + step3
#define X_4 x + 4 * step
#define X_5 x + step5

#define SUM_AT(p, v) (sums + (p * nv + v) * VL)
#define FROM_AT(p, v) (from + p * from_step + v * VL)
#define STORE_V(p, v) store(y + p * t->y_step + v * VL, SUM_AT(p, v), t->mult + v * VL, &o, t->n_oc - v * VL);
#define STORE(p, NV) V_##NV(STORE_V, p)

/* P positions x NV vectors, n_tiles times. */
#define TILE(form, P, NV)                                                                                \
    static void form##_##P##x##NV(const oct_conv_u16_tile *t)                                            \
    {                                                                                                    \
        enum { nv = NV };                                                                                \
        const output o = get_output(&t->out);                                                            \
        const vec flip = splat_word(t->x_flip);                                                          \
        const int64_t n_units = (t->n_x + form##_unit - 1) / form##_unit;                                \
        const int64_t last = t->n_x < form##_unit ? 0 : t->n_x - form##_unit, step = t->x_step;          \
        int64_t sums[P * nv * VL], step3 = 3 * step, step5 = 5 * step;                                   \
        const uint16_t *first = t->x;                                                                    \
        uint16_t *y = t->y;                                                                              \
        OPAQUE(step3);                                                                                   \
        OPAQUE(step5);                                                                                   \
        (void)step3, (void)step5;                                                                        \
        for (int64_t n = t->n_tiles; n > 0; n--) {                                                       \
            const form##_weight *w = t->w;                                                               \
            const int64_t *from = t->bias;                                                               \
            int64_t from_step = 0, room = form##_fold;                                                   \
            P_##P(form##_SUMS, NV)                                                                       \
            for (int64_t row = 0; row < t->n_rows; row++, w += t->w_row * form##_w_step * nv)            \
                for (int64_t col = 0; col < t->n_cols; col++) {                                          \
                    const uint16_t *x = first + row * t->x_row + col * t->x_col;                         \
                    for (int64_t left = n_units, at = 0; left > 0;) {                                    \
                        const int64_t m = left < room ? left : room;                                     \
                        for (int64_t i = m; i > 0; i--) {                                                \
                            const int64_t move = last - at < form##_unit ? last - at : form##_unit;      \
                            form##_LOAD(NV) P_##P(form##_POSITION, NV)                                   \
                            w += form##_w_step * nv;                                                     \
                            at += move;                                                                  \
                            x += move;                                                                   \
                        }                                                                                \
                        left -= m;                                                                       \
                        room -= m;                                                                       \
                        if (room == 0) {                                                                 \
                            P_##P(form##_FOLD, NV)                                                       \
                            room = form##_fold;                                                          \
                            from = sums;                                                                 \
                            from_step = nv * VL;                                                         \
                        }                                                                                \
                    }                                                                                    \
                }                                                                                        \
            P_##P(form##_FOLD, NV)                                                                       \
            P_##P(STORE, NV)                                                                             \
            first += P * step;                                                                           \
            y += P * t->y_step;                                                                          \
        }                                                                                                \
    }

/* ---- sums of two parts (low and high bytes of x or of w) and of one ---- */

#define TWO_SUMS_V(p, v) vec l##p##_##v = zeros(), h##p##_##v = zeros();
#define TWO_SUMS(p, NV) V_##NV(TWO_SUMS_V, p)
#define TWO_FOLD_V(p, v)                                                      \
    fold_two(SUM_AT(p, v), FROM_AT(p, v), l##p##_##v, h##p##_##v);            \
    l##p##_##v = h##p##_##v = zeros();
#define TWO_FOLD(p, NV) V_##NV(TWO_FOLD_V, p)
#define ONE_SUMS_V(p, v) vec l##p##_##v = zeros();
#define ONE_SUMS(p, NV) V_##NV(ONE_SUMS_V, p)
#define ONE_FOLD_V(p, v)                                                      \
    fold_one(SUM_AT(p, v), FROM_AT(p, v), l##p##_##v);                        \
    l##p##_##v = zeros();
#define ONE_FOLD(p, NV) V_##NV(ONE_FOLD_V, p)

#endif
