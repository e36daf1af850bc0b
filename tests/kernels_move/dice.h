/* Random data for kernel tests, biased to extremes, and a shuffled order for a kernel's items.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef DICE_H
#define DICE_H

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

static uint64_t dice_state = 1;

static inline uint32_t dice_u32(void)
{
    dice_state = dice_state * 6364136223846793005u + 1442695040888963407u;
    uint64_t v = dice_state;
    v ^= v >> 33;
    v *= 0xff51afd7ed558ccdu;
    return (uint32_t)(v >> 32);
}

/* lo..hi, both included */
static inline int dice_int(int lo, int hi)
{
    return lo + (int)(dice_u32() % (uint32_t)(hi - lo + 1));
}

/* Uniform in -1..1. */
static inline float dice_float(void)
{
    return (float)dice_u32() * 0x1p-31f - 1.0f;
}

/* One in `rarity` is a zero of either sign, an infinity, NaN or the largest or smallest number. */
static inline float dice_spiced(int rarity)
{
    static const float extremes[] = {0.0f,    -0.0f,    INFINITY,     -INFINITY, NAN,
                                     FLT_MAX, -FLT_MAX, FLT_TRUE_MIN, 1.0f,      -1.0f};
    return dice_int(1, rarity) == 1 ? extremes[dice_u32() % 10] : dice_float() * 3.0f;
}

static inline void dice_bytes(void *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((uint8_t *)p)[i] = (uint8_t)dice_u32();
}

/* 0..n-1 in random order; to be freed. */
static inline size_t *dice_order(size_t n)
{
    size_t *order = malloc((n + 1) * sizeof *order);
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    for (size_t i = n; i > 1; i--) {
        size_t j = dice_u32() % i, t = order[i - 1];
        order[i - 1] = order[j];
        order[j] = t;
    }
    return order;
}

#endif
