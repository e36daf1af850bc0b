/* The rounding of the house: real number -> integer of 8 or 16 bits, half to even, saturating. Law: docs/arithmetic.md.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_REQUANT_H
#define OCT_REQUANT_H

#include <stdint.h>

#include "base/compiler.h"

/* How 8-bit numbers lie in bytes. */
typedef enum oct_numbers {
    OCT_NUMBERS_U8 = 0,
    OCT_NUMBERS_I8,
    OCT_NUMBERS_RAISED /* numbers of -128..127, each as the uint8 that is 128 more */
} oct_numbers;

/* Range of the result before the zero point is added, as floats: exact, since |lo|, |hi| < 2^18. */
typedef struct oct_qrange {
    float lo, hi;
    int32_t zero;
} oct_qrange;

/* For results in min..max with zero point `zero`. */
OCT_INLINE oct_qrange oct_qrange_make(int32_t min, int32_t max, int32_t zero)
{
    return (oct_qrange){(float)(min - zero), (float)(max - zero), zero};
}

/* clamp(round_half_even(v) + zero, min, max); NaN gives min. Clamping first is the same, since the bounds are integers,
 * and keeps |v| < 2^22, where adding and subtracting 1.5 * 2^23 rounds to the nearest even integer. The zero point is
 * added after rounding: in front of it, it would change ties. */
OCT_INLINE int32_t oct_requant(float v, oct_qrange r)
{
    const float magic = 12582912.0f; /* 1.5 * 2^23 */
    v = v > r.lo ? v : r.lo;
    v = v < r.hi ? v : r.hi;
    return (int32_t)((v + magic) - magic) + r.zero;
}

/* The same for a double, for sums of which float would lose bits; 1.5 * 2^52 rounds |v| < 2^51. */
OCT_INLINE int32_t oct_requant_wide(double v, oct_qrange r)
{
    const double magic = 6755399441055744.0, lo = (double)r.lo, hi = (double)r.hi;
    v = v > lo ? v : lo;
    v = v < hi ? v : hi;
    return (int32_t)((v + magic) - magic) + r.zero;
}

#endif
