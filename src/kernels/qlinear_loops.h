/* qlinear_loops.h: what a level of qlinear.h adds: loops over dense bytes, one for all kinds of numbers. A byte b stands for
 * the number (b ^ flip) - less.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_QLINEAR_LOOPS_H
#define OCT_QLINEAR_LOOPS_H

#include "kernels/qlinear_real.h"

/* Everything that is the same for a whole item of a sum or product of two. */
typedef struct oct_qlinear_scales {
    uint8_t flip;
    int32_t a_less, b_less; /* the product's hold the zero points too */
    float a, b, fixed;      /* the product: a alone */
    oct_qrange range;       /* of the sum: the zero point is part of `fixed`; range.zero makes a byte of a number */
} oct_qlinear_scales;

typedef void (*oct_qlinear_two_fn)(uint8_t *restrict y, const uint8_t *a, const uint8_t *b, const oct_qlinear_scales *s,
                                   int64_t n);

typedef struct oct_qlinear_loops {
    oct_qlinear_two_fn add, mul;
    /* sum[c] += x[i * step + c] ^ flip, for n_pixels i and n c */
    void (*sum)(int32_t *restrict sum, const uint8_t *x, int64_t step, int64_t n_pixels, uint8_t flip, int64_t n);
    /* y of sums that are `zeros` too large */
    void (*average)(uint8_t *restrict y, const int32_t *sum, int32_t zeros, float m, oct_qrange range, int64_t n);
    void (*lookup)(uint8_t *y, const uint8_t *x, const uint8_t *table, int64_t n); /* y may be x */
} oct_qlinear_loops;

extern const oct_qlinear_loops oct_qlinear_ref, oct_qlinear_avx2;

#endif
