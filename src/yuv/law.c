/* The four laws and their affine forms.
 * SPDX-License-Identifier: Apache-2.0 */
#include "yuv/law.h"

/* 64 times the standard's coefficients, rounded: BT.601 limited has 1.164, 2.018, 0.391, 0.813, 1.596; full 1, 1.772,
 * 0.34414, 0.71414, 1.402; BT.709 limited 1.164, 2.112, 0.213, 0.533, 1.793; full 1, 1.8556, 0.18732, 0.46812, 1.5748.
 * Blue of limited range would be 129 and 135; libyuv holds it at 128, and so does the law. */
static const oct_yuv_law laws[2][2] = {
    [OCTET_BT601] = {
        [OCTET_YUV_LIMITED] = {.y_gain = 18997, .y_bias = 32 - 1192, .u_b = 128, .u_g = 25, .v_g = 52, .v_r = 102},
        [OCTET_YUV_FULL] = {.y_gain = 16320, .y_bias = 32, .u_b = 113, .u_g = 22, .v_g = 46, .v_r = 90},
    },
    [OCTET_BT709] = {
        [OCTET_YUV_LIMITED] = {.y_gain = 18997, .y_bias = 32 - 1192, .u_b = 128, .u_g = 14, .v_g = 34, .v_r = 115},
        [OCTET_YUV_FULL] = {.y_gain = 16320, .y_bias = 32, .u_b = 119, .u_g = 12, .v_g = 30, .v_r = 101},
    },
};

const oct_yuv_law *oct_yuv_law_get(octet_yuv_matrix matrix, octet_yuv_range range)
{
    return &laws[matrix][range];
}

void oct_yuv_affine(octet_yuv_matrix matrix, octet_yuv_range range, double m[3][3], double offset[3])
{
    const oct_yuv_law *law = oct_yuv_law_get(matrix, range);
    const int chroma[3][2] = {{0, law->v_r}, {-law->u_g, -law->v_g}, {law->u_b, 0}};
    for (int i = 0; i < 3; i++) {
        m[i][0] = law->y_gain * 257.0 / 65536 / 64;
        m[i][1] = chroma[i][0] / 64.0;
        m[i][2] = chroma[i][1] / 64.0;
        offset[i] = (law->y_bias - 32) / 64.0 - 128 * (m[i][1] + m[i][2]);
    }
}
