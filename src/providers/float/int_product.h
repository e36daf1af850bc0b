/* What the integer convolutions and matrix products share: weights packed when the program is built, or by the step
 * itself where anything they depend on is computed at run time; and the step that runs the kernel.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_INT_PRODUCT_H
#define OCT_INT_PRODUCT_H

#include "kernels/conv_int.h"
#include "kernels/nd.h"
#include "plan/builder.h"

/* One product, or one for each index of `batch`. `wide` of the shape is set by oct_int_product_build. */
typedef struct oct_int_product {
    oct_conv_int_shape shape;
    oct_value_id x, x_zero, w, w_zero, bias, x_scale, w_scale, y_scale, y_zero; /* OCT_NONE where absent */
    bool zero_per_oc, scale_per_oc;
    int64_t stride_o, stride_i; /* of w, elements */
    oct_nd batch;               /* element strides of y, x and w; rank 0: one product */
} oct_int_product;

/* Append the step that computes y. */
octet_status oct_int_product_build(oct_builder *b, const oct_int_product *p, oct_value_id y, octet_error *err);

#endif
