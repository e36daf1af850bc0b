/* law.h: YUV to RGB in integers. The one home of the constants; docs/arithmetic.md derives them.
 *
 *     t = (y * 257 * y_gain >> 16) + y_bias          y, u, v of 0..255
 *     R = clip(t + v_r * (v - 128) >> 6)             >> rounds down, also below 0
 *     G = clip(t - u_g * (u - 128) - v_g * (v - 128) >> 6)
 *     B = clip(t + u_b * (u - 128) >> 6)             clip to 0..255
 *
 * The same bytes as libyuv's conversions with its nearest chroma, at all of its CPU levels.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_YUV_LAW_H
#define OCT_YUV_LAW_H

#include <octet/recipe.h>

/* Gains are 64ths; |every sum above| < 2^16. */
typedef struct oct_yuv_law {
    uint16_t y_gain;            /* of y * 257 / 2^16 */
    int16_t y_bias;             /* of black, and half a step (32), so that >> 6 rounds to nearest */
    uint8_t u_b, u_g, v_g, v_r; /* at most 128: a product with -128..127 fits 16 bits */
} oct_yuv_law;

/* Static storage. */
const oct_yuv_law *oct_yuv_law_get(octet_yuv_matrix matrix, octet_yuv_range range);

/* The same without clip and without rounding, which the law approximates: rgb[i] = sum_j m[i][j] * yuv[j] + offset[i].
 * Where nothing clips, |rgb[i] - the law's value| <= 1/2. */
void oct_yuv_affine(octet_yuv_matrix matrix, octet_yuv_range range, double m[3][3], double offset[3]);

#endif
