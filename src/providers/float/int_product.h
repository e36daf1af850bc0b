/* What the integer convolutions and matrix products share: weights packed when the program is built, or by the step
 * itself where anything they depend on is computed at run time; and the step that runs the kernel.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_INT_PRODUCT_H
#define OCT_INT_PRODUCT_H

#include "kernels/conv_u8s8.h"
#include "kernels/nd.h"
#include "plan/builder.h"

/* One product, or one for each index of `batch`. `wide` of the shape is set by oct_int_product_build. */
typedef struct oct_int_product {
    oct_conv_int_shape shape;
    oct_value_id x, x_zero, w, w_zero, bias, x_scale, w_scale, y_scale, y_zero; /* OCT_NONE where absent */
    bool zero_per_oc, scale_per_oc, double_mult;
    int64_t stride_o, stride_i; /* of w, elements */
    oct_nd batch;               /* element strides of y, x and w; rank 0: one product */
    oct_conv_u8s8_store store;  /* for products that conv_u8s8 takes */
    oct_value_id residual;      /* where the store adds */
} oct_int_product;

/* Values behind the ids; NULL where absent. */
typedef struct oct_int_sources {
    const oct_value *w, *w_zero, *bias, *x_scale, *w_scale, *y_scale;
} oct_int_sources;

oct_int_sources oct_int_get_sources(const oct_graph *g, const oct_int_product *p);

/* Whether all of them are constants. */
bool oct_int_sources_known(const oct_int_sources *s);

/* Largest |bias|; 2^31 if it is not known. */
int64_t oct_int_bias_bound(const oct_value *bias);

/* Weights of the matrix that starts at element w_at, all sources being known. */
oct_conv_int_weights oct_int_weights(const oct_int_sources *s, const oct_int_product *p, int64_t w_at);

/* Append the step that computes y. */
octet_status oct_int_product_build(oct_builder *b, const oct_int_product *p, oct_value_id y, octet_error *err);

/* Whether conv_u8s8 computes the product: everything known but the image, weights in its range, sums within int32. Sets
 * shape.wide_weights. */
bool oct_u8s8_product_takes(const oct_graph *g, oct_int_product *p);

/* The same with conv_u8s8, for products that it takes. */
octet_status oct_u8s8_product_build(oct_builder *b, const oct_int_product *p, oct_value_id y, octet_error *err);

/* The step of a product of 16-bit numbers (kernels/conv_u16.h), which computes n's result; refuses what that does not take.
 * Sets shape.wide_weights. */
octet_status oct_u16_product_build(oct_builder *b, const oct_node *n, oct_int_product *p, octet_error *err);

#endif
