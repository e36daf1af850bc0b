/* The step of the convolutions and matrix products of 16-bit images whose weights are known: kernels/conv_u16.h.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_STEPS_CONV_U16_H
#define OCT_STEPS_CONV_U16_H

#include "kernels/conv_u16.h"
#include "runtime/step.h"

enum { OCT_CONV_U16_Y, OCT_CONV_U16_X, OCT_CONV_U16_PACKED, OCT_CONV_U16_N_OPERANDS };

typedef struct oct_conv_u16_step {
    oct_conv_int_shape shape;
    int32_t y_zero;
} oct_conv_u16_step;

extern const oct_step_kind oct_step_conv_u16;

#endif
