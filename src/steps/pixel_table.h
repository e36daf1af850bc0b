/* The step of PixelTable: the floats of pixels by a table per channel, for models whose first layer takes no pixels; or
 * what a quantizer makes of these floats, as bytes.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_STEPS_PIXEL_TABLE_H
#define OCT_STEPS_PIXEL_TABLE_H

#include "kernels/pixels.h"
#include "steps/pixel_map.h"

/* no source */
enum {
    OCT_PIXEL_TABLE_Y,
    OCT_PIXEL_TABLE_TABLES = OCT_BOUND_CONST,
    OCT_PIXEL_TABLE_PIXELS = OCT_BOUND_PIXELS,
    OCT_PIXEL_TABLE_N_OPERANDS
};

typedef struct oct_pixel_table_step {
    oct_pixel_map map; /* as bound */
    oct_pixel_model model;
    int32_t channel[OCTET_MAX_CHANNELS]; /* of the source, for each of the model's */
    float mean[OCTET_MAX_CHANNELS], scale[OCTET_MAX_CHANNELS];
    int32_t dtype; /* octet_dtype of y: F32; U8, I8: clamp(round_half_even(float / y_scale) + y_zero) */
    int32_t y_zero;
    float y_scale;
    int32_t scales; /* scale3 gives the tables' bytes, and is what runs */
    oct_pixel_scale3 scale3;
    int32_t unused;
} oct_pixel_table_step;

extern const oct_step_kind oct_step_pixel_table;

#endif
