/* Inside of the resize: one job, run by the file of its dialect. Only a window of the result may be wanted.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_IMAGE_RESIZE_H
#define OCT_IMAGE_RESIZE_H

#include "image/rows.h"

#define OCT_RESIZE_MAX_SIDE 4194304 /* keeps the tables of an axis (up to 6 taps a source pixel) below 200 MB */

typedef struct oct_resize_job {
    const octet_image *src;
    const octet_image *dst;      /* receives dst->width x dst->height pixels; same channels as src; no overlap */
    int32_t width, height;       /* of the whole result */
    int32_t x0, y0;              /* where in it dst lies */
    octet_resize_dialect dialect;
} oct_resize_job;

/* Checks the sizes and fills the window. Errors as octet_image_resize. */
octet_status oct_resize(const oct_resize_job *job, octet_error *err);

/* The dialects; sizes are checked and differ from the source's. */
octet_status oct_resize_nearest(const oct_resize_job *job, octet_error *err);
octet_status oct_resize_pillow(const oct_resize_job *job, octet_error *err);
octet_status oct_resize_opencv(const oct_resize_job *job, octet_error *err);
octet_status oct_resize_lerp(const oct_resize_job *job, octet_error *err); /* OpenCV's linear; area if a side grows */

/* ---- row tails: what a vector load would read past the end of a row comes from a zero-padded copy of that end ---- */

typedef struct oct_row_tail {
    int32_t n_safe; /* outputs before this one read inside the row */
    int32_t base;   /* source pixel where the copy begins */
    size_t n_copied, n_bytes; /* of the copy: from the row, and with the padding; 0 without a tail */
} oct_row_tail;

/* first[n_out], ascending: the first source pixel of each output, which reads `reach` pixels from there on, out of a
 * row of n_in. Makes first[n_safe..] relative to the copy. */
void oct_row_tail_init(oct_row_tail *tail, int32_t *first, int32_t n_out, int32_t reach, int32_t n_in,
                       int32_t channels);
void oct_row_tail_copy(const oct_row_tail *tail, uint8_t *copy, const uint8_t *row, int32_t channels);

#endif
