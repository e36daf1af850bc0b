/* opencv_kernels.h: the passes of OpenCV's linear and area resize on bytes. Called by resize_lerp.c and resize_area.c.
 * All levels return equal bytes: the linear path is integer, the area path adds its floats in one order.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_OPENCV_KERNELS_H
#define OCT_OPENCV_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#define OCT_LERP_BITS 11 /* fraction bits of a linear weight; the two of an output add up to 2^11 */
#define OCT_OPENCV_PAD 16 /* elements behind each intermediate row that kernels may read and overwrite */
#define OCT_AREA_ROWS 4

/* One axis of the linear path, n_out outputs; output i mixes source pixels first[i] and first[i] + step. */
typedef struct oct_lerp_axis {
    int32_t n_in, n_out;
    int32_t step;          /* 1; 0 for a source of one pixel */
    int32_t *first;        /* ascending, first + step < n_in */
    int16_t (*weights)[2]; /* [n_out] of the two pixels */
} oct_lerp_axis;

/* An axis of the area path: output i is sum_t x[first[i] + t] * weights[begin[i] + t], t < begin[i + 1] - begin[i],
 * added in ascending t from 0, every product and sum rounded to float. */
typedef struct oct_area_rows_args {
    const uint8_t *src[OCT_AREA_ROWS]; /* readable up to 1 pixel behind the last tap; may be the same row */
    float *dst[OCT_AREA_ROWS];         /* [n_out, channels] and OCT_OPENCV_PAD more; distinct */
    const int32_t *first, *begin;      /* [n_out], [n_out + 1] */
    const float *weights;
    int32_t n_out, channels;
} oct_area_rows_args;

typedef struct oct_opencv_kernels {
    const char *name;
    /* dst[i, c] = (x[first, c] * w[0] + x[first + step, c] * w[1]) >> 4: 15 bits, 7 of them fraction */
    void (*lerp_row)(int16_t *dst, const uint8_t *src, const oct_lerp_axis *axis, int32_t channels);
    /* dst[i] = ((above[i] * w[0] >> 16) + (below[i] * w[1] >> 16) + 2) >> 2, n of them */
    void (*lerp_column)(uint8_t *dst, const int16_t *above, const int16_t *below, const int16_t w[2], size_t n);
    void (*area_rows)(const oct_area_rows_args *a);
    /* sum[i] = (sum[i] or, if fresh, nothing) + weight * row[i], n of them and padding */
    void (*area_add)(float *sum, const float *row, float weight, int fresh, size_t n);
    /* dst[i] = clamp(round_half_even(sum[i])), n of them */
    void (*area_round)(uint8_t *dst, const float *sum, size_t n);
    /* sum[i] += src[i], n of them; modulo 2^32 */
    void (*sum_row)(uint32_t *sum, const uint8_t *src, size_t n);
    /* n pixels, each (the sum of 2 x 2 source pixels + 2) >> 2 */
    void (*halve)(uint8_t *dst, const uint8_t *above, const uint8_t *below, size_t n, int32_t channels);
} oct_opencv_kernels;

extern const oct_opencv_kernels oct_opencv_ref, oct_opencv_avx2;
const oct_opencv_kernels *oct_opencv_select(void);

#endif
