/* filter_kernels.h: the two passes of Pillow's resampling on bytes. Called by resize_pillow.c.
 *
 *   y[i] = clamp((2^21 + sum_t x[first[i] + t] * weight[i][t]) >> 22, 0, 255)        weights: 22 fraction bits
 *
 * The sum stays inside int32 (weights add up to 2^22 and their magnitudes to less than 2^23), so its order is free and
 * all levels return equal bytes.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_FILTER_KERNELS_H
#define OCT_FILTER_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#define OCT_FILTER_BITS 22
#define OCT_FILTER_ROWS 4  /* rows that one call of a row kernel works on */
#define OCT_FILTER_SPARE 4 /* bytes behind each destination row that a row kernel may overwrite */

typedef struct oct_filter_rows_args {
    const uint8_t *src[OCT_FILTER_ROWS]; /* pixels [0, first + taps + spare) are readable; may be the same row */
    uint8_t *dst[OCT_FILTER_ROWS];       /* [n_out, channels]; the same row only where src is the same */
    const int32_t *first;                /* [n_out] first source pixel */
    const void *weights;                 /* [n_out, taps], packed with the record's row_group */
    int32_t n_out, taps, channels;       /* taps: a multiple of row_group; channels 1 or 3 */
} oct_filter_rows_args;

typedef struct oct_filter_kernels {
    const char *name;
    int32_t row_group[4];    /* [channels]: taps come in multiples of this, with weight 0 behind the last real one */
    int32_t row_spare[4];    /* [channels]: source pixels read behind the last tap */
    int32_t column_group;
    /* n weights (a multiple of group) to 4 * n bytes of the record's own layout. */
    void (*pack)(void *packed, const int32_t *weights, int32_t n, int32_t group);
    void (*rows)(const oct_filter_rows_args *a);
    /* One output row of n bytes from `taps` rows of n bytes; taps a multiple of column_group; touches nothing else. */
    void (*column)(uint8_t *dst, const uint8_t *const *src, const void *weights, int32_t taps, size_t n);
} oct_filter_kernels;

extern const oct_filter_kernels oct_filter_ref, oct_filter_avx2;
const oct_filter_kernels *oct_filter_select(void);

#endif
