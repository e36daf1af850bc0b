/* What Conv, Gemm and MatMul share in the float provider: weights packed when the program is built, or, if they are
 * computed at run time, by a step of their own; and the step that runs the kernel.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_PRODUCT_H
#define OCT_PRODUCT_H

#include "kernels/conv_f32.h"
#include "plan/builder.h"

/* One product: the kernel's shape, and where weights, bias and scale come from. */
typedef struct oct_product {
    oct_conv_f32_shape shape;
    oct_value_id x, w, bias, oc_scale, residual; /* OCT_NONE where absent */
    oct_ref x_ref, residual_ref; /* a temporary instead of `x`, `residual`; OCT_NO_REF: none */
    int64_t stride_o, stride_i;/* of w, elements */
    float alpha;               /* multiplies w: 1 for convolutions */
    float beta;                /* multiplies the bias: 1 for convolutions */
    uint64_t macs;
} oct_product;

/* The kernel's shape of a node with Conv's inputs and output. */
oct_conv_f32_shape oct_product_conv_shape(const oct_graph *g, const oct_node *n, const oct_conv_params *p);

/* Append the step(s) that compute y = product. */
void oct_product_build(oct_builder *b, const oct_product *p, oct_value_id y);

/* Fused activation of the IR as the kernel's. */
oct_act oct_product_act(const oct_fused_act *act);

#endif
