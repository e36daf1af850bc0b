/* pixel_kernels.h: per-pixel work on one run of n pixels. Called by image.c and preprocess.c.
 * Sources and destinations do not overlap; nothing outside the n pixels is touched; all levels return equal bits.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_PIXEL_KERNELS_H
#define OCT_PIXEL_KERNELS_H

#include <stddef.h>
#include <stdint.h>

typedef struct oct_pixel_kernels {
    const char *name;
    void (*split)(uint8_t *r, uint8_t *g, uint8_t *b, const uint8_t *rgb, size_t n);
    void (*swap)(uint8_t *bgr, const uint8_t *rgb, size_t n);
    void (*gray)(uint8_t *gray, const uint8_t *rgb, size_t n); /* (19595 r + 38470 g + 7471 b + 32768) >> 16 */
    void (*repeat)(uint8_t *rgb, const uint8_t *gray, size_t n);
    /* y = (x - mean[c]) * scale[c], each operation rounded to float; the first for one channel, the second for three */
    void (*normalize_1)(float *y, const uint8_t *x, float mean, float scale, size_t n);
    void (*normalize_3)(float *y, const uint8_t *x, const float mean[3], const float scale[3], size_t n);
} oct_pixel_kernels;

extern const oct_pixel_kernels oct_pixel_ref, oct_pixel_avx2;
const oct_pixel_kernels *oct_pixel_select(void);

#endif
