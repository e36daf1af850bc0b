/* pixels.h: 8-bit pixels as an application hands them over, made ready for a first layer: channels interleaved, whatever
 * the layout was, as bytes or as floats of the same value. Called by providers for PixelConv and PixelTable.
 * All levels return equal bits: nothing is rounded but by scale3, whose law is quant/requant.h's.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_PIXELS_H
#define OCT_PIXELS_H

#include <stddef.h>
#include <stdint.h>

#include <octet/recipe.h>

#include "base/cpu.h"
#include "yuv/frame.h"

#define OCT_PIXELS_MAX_CHANNELS 1024

/* How N images of H x W pixels lie in memory, dense, and the S channels that come out for each pixel. */
typedef struct oct_pixel_source {
    int32_t N, H, W;
    int32_t C;      /* channels as they lie, at most OCT_PIXELS_MAX_CHANNELS */
    int32_t S;      /* channels that come out: the first S of them */
    int32_t planar; /* [N, C, H, W], else [N, H, W, C] */
    int32_t is_yuv; /* 1: N frames of yuv.format, one behind the other; C is not used and S is 3: red, green and blue by the
                       law of yuv/law.h, or, if yuv.linear, Y, U and V as they are, chroma repeated */
    octet_pixels yuv;
} oct_pixel_source;

/* Bytes of one image. */
size_t oct_pixels_image_bytes(const oct_pixel_source *p);

/* Three channels to 8 bits: y = clamp(round_half_even(fma(x, a[c], b[c])) + zero, min, min + 255). Plain data. */
typedef struct oct_pixel_scale3 {
    float a[3], b[3];
    int32_t zero, min; /* min -128 or 0 */
} oct_pixel_scale3;

typedef struct oct_pixels {
    /* y[i] = x[i], i < n */
    void (*widen)(float *y, const uint8_t *x, size_t n);
    /* y[3i + c] = x[c][i], i < n */
    void (*interleave3)(uint8_t *y, const uint8_t *const x[3], size_t n);
    /* y[3i + c] = x[4i + c], i < n, c < 3 */
    void (*drop4)(uint8_t *y, const uint8_t *x, size_t n);
    const oct_yuv_kernels *yuv;
    /* y[3i + c] = the above of x[3i + c], i < n; |fma| stays below 2^31 */
    void (*scale3)(uint8_t *y, const uint8_t *x, size_t n, const oct_pixel_scale3 *p);
} oct_pixels;

const oct_pixels *oct_pixels_select(oct_cpu_level level);
extern const oct_pixels oct_pixels_ref, oct_pixels_avx2;

/* y[i, s] = channel s of pixel first + i, pixels counted through [N, H, W], i < n. Reads nothing else of x. */
void oct_pixels_bytes(const oct_pixels *k, const oct_pixel_source *p, uint8_t *y, const uint8_t *x, int64_t first, int64_t n);
void oct_pixels_floats(const oct_pixels *k, const oct_pixel_source *p, float *y, const uint8_t *x, int64_t first, int64_t n);

#endif
