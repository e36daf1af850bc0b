/* Where the elements of a resized axis come from: ONNX's coordinate formulas, computed in double.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_RESIZE_TABLE_H
#define OCT_RESIZE_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "graph/op_params.h"

/* One axis, as oct_resolve_resize describes it. */
typedef struct oct_resize_map {
    const oct_resize_params *p;
    int64_t in, out;
    double scale, roi_begin, roi_end;
} oct_resize_map;

/* Source coordinate of output o; *outside: it is off the image and tf_crop_and_resize wants the extrapolation value. */
double oct_resize_coordinate(const oct_resize_map *m, int64_t o, bool *outside);

/* nearest: source index of output o, -1 for the extrapolation value. */
int64_t oct_resize_nearest_index(const oct_resize_map *m, int64_t o);

/* linear, cubic: most taps that any output has. */
int oct_resize_max_taps(const oct_resize_map *m);
/* Taps of output o: source indices inside the image and coefficients, those that are 0 left out; at most
 * oct_resize_max_taps. Returns how many, 0 for the extrapolation value. */
int oct_resize_taps(const oct_resize_map *m, int64_t o, int32_t *index, float *coef);

#endif
