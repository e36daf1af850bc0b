/* conv_u16_tile_simd.h: the tile of a SIMD level. Before it an ISA file defines
 *
 *   VL, vec            int32 in a vector, its type; load(p), zeros(), splat_word(v), spill(p, vec)
 *   wide               VL int64 sums; widen(from, v) = from + v, widen_two(from, lo, hi) = from + lo + 256 * hi,
 *                      save(to, wide)
 *   output, get_output(out), store(y, wide, mult, output, n)    VL channels, n of them exist
 *
 * and before TILES(form, max P, NV)
 *
 *   form_unit, form_fold, form_weight (the type), form_w_step (weights of a vector's unit), form_parts
 *   form_SUMS(p, NV), form_LOAD(NV), form_POSITION(p, NV), form_SPILL(p, NV)   declare sums, load weights, add products of
 *                      position p, store its sums to `parts`
 *
 * Sums of a position and vector have one part, or two of which the second counts 256 times. One function serves all P: only
 * the loop over units is there for each of them. What comes after it is one function for all.
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

/* What a tile has summed up: from[p][v] + parts[p][v], with `from` the biases (step 0) or earlier sums. */
typedef struct tile_sums {
    const int64_t *from;
    const int32_t *parts;
    int64_t from_step, n_p, nv, n_parts;
} tile_sums;

OCT_INLINE wide get_sum(const tile_sums *s, int64_t p, int64_t v)
{
    const int64_t *from = s->from + p * s->from_step + v * VL;
    const int32_t *part = s->parts + (p * s->nv + v) * s->n_parts * VL;
    return s->n_parts == 2 ? widen_two(from, load(part), load(part + VL)) : widen(from, load(part));
}

OCT_NOINLINE void save_sums(int64_t *to, const tile_sums *s)
{
    for (int64_t p = 0; p < s->n_p; p++)
        for (int64_t v = 0; v < s->nv; v++, to += VL)
            save(to, get_sum(s, p, v));
}

OCT_NOINLINE void store_sums(const oct_conv_u16_tile *t, uint16_t *y, const tile_sums *s)
{
    const output o = get_output(&t->out);
    for (int64_t p = 0; p < s->n_p; p++, y += t->y_step)
        for (int64_t v = 0; v < s->nv; v++)
            store(y + v * VL, get_sum(s, p, v), t->mult + v * VL, &o, t->n_oc - v * VL);
}

/* m units of p positions. */
#define UNITS(form, p, NV)                                                                                       \
    if (P == p) {                                                                                                \
        for (int64_t i = m; i > 0; i--) {                                                                        \
            const int64_t move = last - at < form##_unit ? last - at : form##_unit;                              \
            form##_LOAD(NV) P_##p(form##_POSITION, NV)                                                           \
            w += form##_w_step * nv;                                                                             \
            at += move;                                                                                          \
            x += move;                                                                                           \
        }                                                                                                        \
    }
#define UNITS_1(form, NV) UNITS(form, 1, NV)
#define UNITS_2(form, NV) UNITS(form, 2, NV) else UNITS_1(form, NV)
#define UNITS_3(form, NV) UNITS(form, 3, NV) else UNITS_2(form, NV)
#define UNITS_4(form, NV) UNITS(form, 4, NV) else UNITS_3(form, NV)
#define UNITS_6(form, NV) UNITS(form, 6, NV) else UNITS(form, 5, NV) else UNITS_4(form, NV)

/* P positions x NV vectors, n_tiles times. Runs of units one after the other, with a stop where int32 sums are full. */
#define TILES(form, MAX_P, NV)                                                                                   \
    static void form##_##NV(const oct_conv_u16_tile *t)                                                          \
    {                                                                                                            \
        enum { nv = NV, n_parts = form##_parts };                                                                \
        const int64_t P = t->P;                                                                                  \
        const vec flip = splat_word(t->x_flip);                                                                  \
        const int64_t n_runs = t->n_rows * t->n_cols, n_x = n_runs == 0 ? 0 : t->n_x;                            \
        const int64_t n_units = (n_x + form##_unit - 1) / form##_unit, step = t->x_step;                         \
        const int64_t last = n_x < form##_unit ? 0 : n_x - form##_unit;                                          \
        int64_t sums[MAX_P * nv * VL], step3 = 3 * step, step5 = 5 * step;                                       \
        int32_t parts[MAX_P * nv * n_parts * VL];                                                                \
        const uint16_t *first = t->x;                                                                            \
        uint16_t *y = t->y;                                                                                      \
        OPAQUE(step3);                                                                                           \
        OPAQUE(step5);                                                                                           \
        (void)step3, (void)step5;                                                                                \
        for (int64_t n = t->n_tiles; n > 0; n--) {                                                               \
            const form##_weight *w = t->w;                                                                       \
            tile_sums ready = {t->bias, parts, 0, P, NV, n_parts};                                               \
            int64_t run = 0, col = 0, left = n_units, at = 0;                                                    \
            const uint16_t *row = first, *x = first;                                                             \
            for (;;) {                                                                                           \
                P_##MAX_P(form##_SUMS, NV)                                                                       \
                int64_t room = form##_fold;                                                                      \
                do {                                                                                             \
                    const int64_t m = left < room ? left : room;                                                 \
                    UNITS_##MAX_P(form, NV)                                                                      \
                    room -= m;                                                                                   \
                    left -= m;                                                                                   \
                    if (left > 0)                                                                                \
                        break;                                                                                   \
                    run++;                                                                                       \
                    if (++col == t->n_cols) {                                                                    \
                        col = 0;                                                                                 \
                        row += t->x_row;                                                                         \
                        w += t->w_row * form##_w_step * nv;                                                      \
                    }                                                                                            \
                    x = row + col * t->x_col;                                                                    \
                    left = n_units;                                                                              \
                    at = 0;                                                                                      \
                } while (run < n_runs && room > 0);                                                              \
                P_##MAX_P(form##_SPILL, NV)                                                                      \
                if (run >= n_runs)                                                                               \
                    break;                                                                                       \
                save_sums(sums, &ready);                                                                         \
                ready.from = sums;                                                                               \
                ready.from_step = nv * VL;                                                                       \
            }                                                                                                    \
            store_sums(t, y, &ready);                                                                            \
            first += P * step;                                                                                   \
            y += P * t->y_step;                                                                                  \
        }                                                                                                        \
    }

/* ---- sums of two parts (low and high bytes of x or of w) and of one ---- */

#define PART_AT(p, v, i) (parts + ((p * nv + v) * n_parts + i) * VL)
#define TWO_SUMS_V(p, v) vec l##p##_##v = zeros(), h##p##_##v = zeros();
#define TWO_SUMS(p, NV) V_##NV(TWO_SUMS_V, p)
#define TWO_SPILL_V(p, v) spill(PART_AT(p, v, 0), l##p##_##v); spill(PART_AT(p, v, 1), h##p##_##v);
#define TWO_SPILL(p, NV) if (p < P) { V_##NV(TWO_SPILL_V, p) }
#define ONE_SUMS_V(p, v) vec l##p##_##v = zeros();
#define ONE_SUMS(p, NV) V_##NV(ONE_SUMS_V, p)
#define ONE_SPILL_V(p, v) spill(PART_AT(p, v, 0), l##p##_##v);
#define ONE_SPILL(p, NV) if (p < P) { V_##NV(ONE_SPILL_V, p) }

#endif
