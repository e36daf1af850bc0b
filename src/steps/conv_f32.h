/* Steps of Conv, Gemm and MatMul in float32: the product itself, and packing weights that are known at run time only.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_STEPS_CONV_F32_H
#define OCT_STEPS_CONV_F32_H

#include "kernels/conv_f32.h"
#include "runtime/step.h"

/* y = the product of kernels/conv_f32.h. `packed` is a constant of the program's level, or what pack_f32 made. */
enum { OCT_CONV_F32_Y, OCT_CONV_F32_PACKED, OCT_CONV_F32_X, OCT_CONV_F32_RESIDUAL, OCT_CONV_F32_N_OPERANDS };

typedef struct oct_conv_f32_step {
    oct_conv_f32_shape shape;
} oct_conv_f32_step;

extern const oct_step_kind oct_step_conv_f32;

/* packed = w * alpha and bias * beta, in oct_conv_f32_most_packed bytes. `factors` is working memory of 2 * OC floats; bias may be omitted. */
enum { OCT_PACK_F32_PACKED, OCT_PACK_F32_FACTORS, OCT_PACK_F32_W, OCT_PACK_F32_BIAS, OCT_PACK_F32_N_OPERANDS };

typedef struct oct_pack_f32_step {
    oct_conv_f32_shape shape;
    float alpha, beta;
    int32_t one_bias; /* the bias is a single number for all channels */
    int64_t stride_o, stride_i; /* of w, elements */
} oct_pack_f32_step;

extern const oct_step_kind oct_step_pack_f32;

/* Whether the kernels take the shape, whatever its numbers are, and all sizes that follow from it are small enough. */
bool oct_conv_f32_fits(const oct_conv_f32_shape *s);
/* Floats from the start of the image, the result and the residual to behind their last one. */
int64_t oct_conv_f32_x_floats(const oct_conv_f32_shape *s);
int64_t oct_conv_f32_y_floats(const oct_conv_f32_shape *s);
int64_t oct_conv_f32_r_floats(const oct_conv_f32_shape *s);

/* Run the kernel over all its items, on the step's threads with the step's scratch. For run functions. */
void oct_conv_f32_run(const oct_step_args *step, const oct_conv_f32_args *args);

#endif
