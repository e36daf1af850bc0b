/* Zero points and ranges of 8-bit numbers, for the levels of qlinear.h.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_QLINEAR_REAL_H
#define OCT_QLINEAR_REAL_H

#include "kernels/qlinear.h"
#include "quant/requant.h"

#define OCT_QLINEAR_CHANNELS 64 /* of one item of the average */

OCT_INLINE int32_t oct_qlinear_zero(const oct_qlinear_scale *s, bool is_signed)
{
    return !s->zero ? 0 : is_signed ? (int8_t)*s->zero : *s->zero;
}

OCT_INLINE oct_qrange oct_qlinear_range(const oct_qlinear_scale *s, bool is_signed)
{
    int32_t zero = oct_qlinear_zero(s, is_signed);
    return is_signed ? oct_qrange_make(-128, 127, zero) : oct_qrange_make(0, 255, zero);
}

#endif
