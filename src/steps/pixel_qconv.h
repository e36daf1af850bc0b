/* The step of PixelQConv: an integer convolution of uint8 pixels as they lie; weights and biases are quantized when the
 * program is bound. docs/arithmetic.md has the formulas.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_STEPS_PIXEL_QCONV_H
#define OCT_STEPS_PIXEL_QCONV_H

#include "kernels/conv_u8s8.h"
#include "steps/pixel_conv.h"

/* bytes: room for all pixels, interleaved, where they do not lie so */
enum {
    OCT_PIXEL_QCONV_Y,
    OCT_PIXEL_QCONV_PACKED = OCT_BOUND_CONST,
    OCT_PIXEL_QCONV_SOURCE = OCT_BOUND_SOURCE,
    OCT_PIXEL_QCONV_PIXELS = OCT_BOUND_PIXELS,
    OCT_PIXEL_QCONV_BYTES,
    OCT_PIXEL_QCONV_N_OPERANDS
};

typedef struct oct_pixel_qconv_step {
    oct_pixel_conv_step layer; /* the source and its size as of a PixelConv */
    oct_conv_int_shape shape;  /* as bound */
    float y_scale;
    int32_t y_zero;
} oct_pixel_qconv_step;

/* Channels of a pixel at most, whatever the binding. */
static inline int64_t oct_pixel_qconv_most_bytes(const oct_pixel_conv_step *layer)
{
    return layer->model.C > OCTET_MAX_CHANNELS ? layer->model.C : OCTET_MAX_CHANNELS;
}

/* The integer convolution that a layer is, for pixels of C channels. */
oct_conv_int_shape oct_pixel_qconv_shape(const oct_pixel_conv_step *layer, int32_t C, bool y_signed);

extern const oct_step_kind oct_step_pixel_qconv;

#endif
