/* The step of PixelConv: a convolution that takes uint8 pixels as they lie, its constants made when the program is bound.
 * docs/arithmetic.md has the formulas.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_STEPS_PIXEL_CONV_H
#define OCT_STEPS_PIXEL_CONV_H

#include "kernels/conv_f32.h"
#include "steps/pixel_map.h"

/* residual may be omitted */
enum {
    OCT_PIXEL_CONV_Y,
    OCT_PIXEL_CONV_PACKED = OCT_BOUND_CONST,
    OCT_PIXEL_CONV_SOURCE = OCT_BOUND_SOURCE,
    OCT_PIXEL_CONV_PIXELS = OCT_BOUND_PIXELS,
    OCT_PIXEL_CONV_RESIDUAL,
    OCT_PIXEL_CONV_N_OPERANDS
};

typedef struct oct_pixel_conv_step {
    oct_conv_f32_shape shape; /* as bound: the source's channels, one group */
    int32_t unused;
    oct_pixel_map map;        /* as bound */
    oct_pixel_model model;
    int32_t group;
} oct_pixel_conv_step;

/* The source constant: everything of a PixelConv that no binding changes, one array behind the other. */
typedef struct oct_pixel_conv_source {
    double *in_scale, *in_shift; /* [C] */
    double *oc_scale, *bias;     /* [OC] */
    int32_t *in_channel;         /* [C] */
    float *w;                    /* [OC][C / group][KH][KW] */
} oct_pixel_conv_source;

size_t oct_pixel_conv_source_bytes(const oct_pixel_conv_step *p);
oct_pixel_conv_source oct_pixel_conv_source_at(void *at, const oct_pixel_conv_step *p);

/* Whether a layer's shape, whatever its numbers are, and its source are safe to bind to any pixels. */
bool oct_pixel_conv_fits(const oct_step_proof *proof, const oct_pixel_conv_step *p);

extern const oct_step_kind oct_step_pixel_conv;

#endif
