/* conv_f32_tile_simd.h: the tiles of conv_f32_dense.h, one body for all vector lengths. An ISA file defines
 *   V, VL                          vector type, floats in it
 *   LOAD(p) STORE(p, v) SPLAT(p)   unaligned; SPLAT repeats *p
 *   FMA(a, b, c) ADD(a, b)         a*b + c in one rounding; a + b
 *   PREFETCH(p)                    into L2
 *   CLAMP(v, lo, hi)               as in conv_f32.h, for signed zeros and NaN too
 * and instantiates TILES(max P, NV). Lists of names instead of arrays: compilers keep them in registers.
 *
 *           w (NV vectors, one tap)          a<p>_<v>: sums of pixel p, output channels v*VL ..
 *   x0[k] * |  w0  |  w1  | -> a0_0  a0_1    each step of k: NV loads, P splats, P*NV fma
 *   x1[k] * |  w0  |  w1  | -> a1_0  a1_1
 *
 * One function serves all P: the loop over k is there for each of them, what comes before and after it once.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_CONV_F32_TILE_SIMD_H
#define OCT_CONV_F32_TILE_SIMD_H

#include "kernels/conv_f32_dense.h"

/* M(p, NV) for each pixel, M(v, ...) for each vector */
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
#define V_1(M, p) M(p, 0)
#define V_2(M, p) V_1(M, p) M(p, 1)
#define V_3(M, p) V_2(M, p) M(p, 2)
#define V_4(M, p) V_3(M, p) M(p, 3)
#define V_8(M, p) V_4(M, p) M(p, 4) M(p, 5) M(p, 6) M(p, 7)

#define DISTANCE(p, NV) const int64_t d##p = p == 0 ? 0 : t->d[p];
#define DECLARE_V(p, v) V a##p##_##v;
#define DECLARE(p, NV) V_##NV(DECLARE_V, p)
#define BIAS_V(p, v) a##p##_##v = b##v;
#define BIAS(p, NV) V_##NV(BIAS_V, p)
#define LOAD_BIAS_V(p, v) const V b##v = LOAD(bias + v * VL);
#define RESUME_V(p, v) a##p##_##v = LOAD(t->y[p] + y_at + v * VL);
#define RESUME(p, NV) if (p < P) { V_##NV(RESUME_V, p) }
#define LOAD_W_V(p, v) const V w##v = LOAD(w + v * VL);
#define FMA_V(p, v) a##p##_##v = FMA(b, w##v, a##p##_##v);
#define FMA_P(p, NV) { const V b = SPLAT(x + d##p); V_##NV(FMA_V, p) }
#define ADD_R_V(p, v) a##p##_##v = ADD(a##p##_##v, LOAD(t->r[p] + r_at + v * VL));
#define ADD_R(p, NV) if (p < P) { V_##NV(ADD_R_V, p) }
#define STORE_V(p, v) STORE(to + v * VL, CLAMP(a##p##_##v, lo, hi));
#define STORE_P(p, NV) if (p < P) { float *const to = t->y[p] + y_at; V_##NV(STORE_V, p) }

#define AHEAD OCT_CONV_F32_AHEAD_TAPS

#define TAPS(p, NV)                                   \
    if (P == p) {                                     \
        do {                                          \
            V_##NV(LOAD_W_V, 0) P_##p(FMA_P, NV)      \
            w += NV * VL;                             \
        } while (++x != stop);                        \
        continue;                                     \
    }
#define TAPS_1(NV) TAPS(1, NV)
#define TAPS_2(NV) TAPS(2, NV) TAPS_1(NV)
#define TAPS_3(NV) TAPS(3, NV) TAPS_2(NV)
#define TAPS_4(NV) TAPS(4, NV) TAPS_3(NV)
#define TAPS_6(NV) TAPS(6, NV) TAPS(5, NV) TAPS_4(NV)
#define TAPS_8(NV) TAPS(8, NV) TAPS(7, NV) TAPS_6(NV)
#define TAPS_12(NV) TAPS(12, NV) TAPS(11, NV) TAPS(10, NV) TAPS(9, NV) TAPS_8(NV)

/* Pixels are reached as x + constant, so that only x moves: little to do between two segments of taps. */
#define TILES(MAX_P, NV)                                                             \
    static void tiles_##NV(const oct_conv_f32_tile *t)                               \
    {                                                                                \
        P_##MAX_P(DISTANCE, NV)                                                      \
        const float *first = t->x;                                                   \
        const float *const bias = t->bias;                                           \
        const int64_t n_segments = t->n_segments, n_k = t->n_k, x_step = t->x_step;  \
        const int64_t w_skip = t->w_skip, ahead_step = t->ahead_step;                \
        const int64_t x_advance = t->x_advance, y_advance = t->y_advance;            \
        const bool add_residual = t->add_residual, resumes = t->resumes;             \
        const int32_t P = t->P;                                                      \
        int64_t y_at = 0, r_at = 0;                                                  \
        const char *ahead = t->ahead;                                                \
        for (int64_t n = t->n_tiles; n > 0; n--) {                                   \
            P_##MAX_P(DECLARE, NV)                                                   \
            V_##NV(LOAD_BIAS_V, 0)                                                   \
            P_##MAX_P(BIAS, NV)                                                      \
            if (resumes) {                                                           \
                P_##MAX_P(RESUME, NV)                                                \
            }                                                                        \
            const float *w = t->w, *segment = first;                                 \
            for (int64_t s = n_segments; s > 0; s--) {                               \
                const float *x = segment, *const end = x + n_k;                      \
                do {                                                                 \
                    const float *const stop = end - x > AHEAD ? x + AHEAD : end;     \
                    PREFETCH(ahead);                                                 \
                    ahead += ahead_step;                                             \
                    TAPS_##MAX_P(NV)                                                 \
                } while (x != end);                                                  \
                segment += x_step;                                                   \
                w += w_skip;                                                         \
            }                                                                        \
            if (add_residual) {                                                      \
                P_##MAX_P(ADD_R, NV)                                                 \
            }                                                                        \
            const V lo = SPLAT(&t->lo), hi = SPLAT(&t->hi);                          \
            P_##MAX_P(STORE_P, NV)                                                   \
            first += x_advance;                                                      \
            y_at += y_advance;                                                       \
            r_at += t->r_advance;                                                    \
        }                                                                            \
    }

#endif
