/* From a binding to numbers: how the pixels lie, and what a model's input channel is in terms of theirs.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_STEPS_PIXEL_MAP_H
#define OCT_STEPS_PIXEL_MAP_H

#include "base/err.h"
#include "kernels/pixels.h"
#include "runtime/step.h"

/* Channel c of the model's own input, for a pixel whose S channels are x_s in 0..255:
 *   v_c = sum over s of matrix[c][s] * x_s + offset[c]
 * A raw input has the identity, for any number of channels, and the arrays are not used. */
typedef struct oct_pixel_map {
    int32_t raw, unused;
    oct_pixel_source source;
    double matrix[OCTET_MAX_CHANNELS][OCTET_MAX_CHANNELS], offset[OCTET_MAX_CHANNELS];
    double middle[OCTET_MAX_CHANNELS]; /* x_s of a pixel in the middle of the recipe's range: where v is about 0 */
} oct_pixel_map;

/* The model's own input. */
typedef struct oct_pixel_model {
    int32_t N, H, W, C;
    octet_pixel_layout layout;
} oct_pixel_model;

/* *input is the program's input for that. OCTET_USAGE: channels do not fit; OCTET_UNSUPPORTED. */
octet_status oct_pixel_map_make(oct_pixel_map *map, octet_tensor_info *input, const oct_pixel_model *model,
                                const oct_binding *binding, octet_error *err);

#endif
