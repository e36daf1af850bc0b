/* The step of ConvTranspose in float32.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_STEPS_CONV_TRANSPOSE_H
#define OCT_STEPS_CONV_TRANSPOSE_H

#include "kernels/conv_transpose_f32.h"
#include "runtime/step.h"

/* W and BIAS (which may be omitted) only where the step packs; `packed` is then working memory. */
enum {
    OCT_CONV_TRANSPOSE_Y,
    OCT_CONV_TRANSPOSE_X,
    OCT_CONV_TRANSPOSE_PACKED,
    OCT_CONV_TRANSPOSE_W,
    OCT_CONV_TRANSPOSE_BIAS,
    OCT_CONV_TRANSPOSE_N_OPERANDS
};

typedef struct oct_conv_transpose_step {
    oct_conv_transpose_shape shape;
    int32_t dynamic;
} oct_conv_transpose_step;

extern const oct_step_kind oct_step_conv_transpose;

#endif
