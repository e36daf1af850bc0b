/* kernels.h: one row of YUV pixels to packed RGB by the law of law.h. Called by convert.c.
 * Chroma is nearest: pixels 2i and 2i + 1 of the row have the chroma of sample i. Source and destination do not overlap;
 * nothing outside the n pixels is touched (an odd n reads (n + 1) / 2 chroma samples); all levels return equal bytes.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_YUV_KERNELS_H
#define OCT_YUV_KERNELS_H

#include <stddef.h>

#include "base/cpu.h"
#include "yuv/law.h"

/* Where the samples of a row lie: y[i * y_step], u[i * uv_step], v[i * uv_step]. There are three arrangements:
 *     planar       y_step 1, uv_step 1            I420
 *     interleaved  y_step 1, uv_step 2, |u - v| 1 NV12, NV21
 *     packed       y_step 2, uv_step 4, u = y + 1, v = y + 3   YUYV */
typedef struct oct_yuv_row {
    const uint8_t *y, *u, *v;
    size_t y_step, uv_step;
} oct_yuv_row;

typedef struct oct_yuv_kernels {
    const char *name;
    void (*rgb)(uint8_t *rgb, const oct_yuv_row *row, size_t n, const oct_yuv_law *law);
    /* pixels of which a channel lies outside 0..255 before the clip */
    size_t (*count_clipped)(const oct_yuv_row *row, size_t n, const oct_yuv_law *law);
} oct_yuv_kernels;

extern const oct_yuv_kernels oct_yuv_ref, oct_yuv_avx2;
/* The best record of a CPU level. */
const oct_yuv_kernels *oct_yuv_select(oct_cpu_level level);

#endif
