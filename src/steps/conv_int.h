/* The step of the integer convolutions and matrix products of any kind: kernels/conv_int.h.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_STEPS_CONV_INT_H
#define OCT_STEPS_CONV_INT_H

#include "kernels/conv_int.h"
#include "kernels/nd.h"
#include "runtime/step.h"

/* `packed` holds all weight matrices, or is working memory for one where the step packs; `image` is working memory.
 * Operands from W on only where the step packs. */
enum {
    OCT_CONV_INT_Y,
    OCT_CONV_INT_X,
    OCT_CONV_INT_PACKED,
    OCT_CONV_INT_IMAGE,
    OCT_CONV_INT_X_ZERO,
    OCT_CONV_INT_Y_ZERO,
    OCT_CONV_INT_W,
    OCT_CONV_INT_W_ZERO,
    OCT_CONV_INT_BIAS,
    OCT_CONV_INT_X_SCALE,
    OCT_CONV_INT_W_SCALE,
    OCT_CONV_INT_Y_SCALE,
    OCT_CONV_INT_N_OPERANDS
};

typedef struct oct_conv_int_step {
    oct_conv_int_shape shape;
    int32_t dynamic, zero_per_oc, scale_per_oc, unused;
    int64_t stride_o, stride_i; /* of w, elements */
    oct_nd batch;               /* strides of y, x, w in elements */
} oct_conv_int_step;

/* Elements of one weight matrix, and bytes of one that is packed, a multiple of 64. */
int64_t oct_conv_int_matrix(const oct_conv_int_shape *s);
size_t oct_conv_int_packed_matrix(const oct_conv_int_shape *s);

/* Whether the shape is one, whatever its numbers are, and all sizes that follow from it are small enough. */
bool oct_conv_int_fits(const oct_conv_int_shape *s);
/* Bytes from the start of the image and of the result, if its elements are bytes, to behind their last one, with pitches. */
int64_t oct_conv_int_x_bytes(const oct_conv_int_shape *s);
int64_t oct_conv_int_y_elems(const oct_conv_int_shape *s);

extern const oct_step_kind oct_step_conv_int;

#endif
