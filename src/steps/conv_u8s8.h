/* The step of the integer convolutions and matrix products whose weights are known: kernels/conv_u8s8.h.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_STEPS_CONV_U8S8_H
#define OCT_STEPS_CONV_U8S8_H

#include "kernels/conv_u8s8.h"
#include "kernels/nd.h"
#include "runtime/step.h"

/* `packed` holds all weight matrices; a residual only where the store adds one, and then there is one matrix. */
enum { OCT_CONV_U8S8_Y, OCT_CONV_U8S8_X, OCT_CONV_U8S8_PACKED, OCT_CONV_U8S8_RESIDUAL, OCT_CONV_U8S8_N_OPERANDS };

typedef struct oct_conv_u8s8_step {
    oct_conv_int_shape shape;
    int32_t y_zero, unused;
    int64_t n_matrices;
    oct_nd batch; /* strides of y, x, w in elements */
    oct_conv_u8s8_store store;
} oct_conv_u8s8_step;

/* Bytes of one packed weight matrix, a multiple of 64. */
size_t oct_conv_u8s8_packed_matrix(const oct_conv_int_shape *s, oct_cpu_level cpu);

extern const oct_step_kind oct_step_conv_u8s8;

#endif
