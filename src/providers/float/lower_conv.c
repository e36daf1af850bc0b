/* Conv in float32, one and two spatial dimensions, channels-last.
 * SPDX-License-Identifier: Apache-2.0 */
#include "providers/float/lower.h"
#include "providers/float/product.h"

enum { X, W, BIAS, RESIDUAL, OC_SCALE }; /* inputs */

static oct_value_id input_id(const oct_node *n, int i)
{
    return i < n->n_in ? n->in[i] : OCT_NONE;
}

octet_status oct_lower_conv(oct_builder *b, const oct_node *n, octet_error *err)
{
    const oct_graph *g = oct_build_graph(b);
    const oct_value *w = oct_node_in(g, n, W);
    if (oct_node_out(g, n, 0)->dtype != OCTET_F32)
        return oct_lower_refuse(n, err, "type %s; the float provider convolves float32 only",
                                octet_dtype_name(oct_node_out(g, n, 0)->dtype));
    oct_conv_f32_shape s = oct_product_conv_shape(g, n, n->params);
    int64_t taps = (int64_t)s.KH * s.KW, channels = w->dims[1];
    oct_product p = {
        .shape = s,
        .x = n->in[X],
        .w = n->in[W],
        .bias = input_id(n, BIAS),
        .residual = input_id(n, RESIDUAL),
        .oc_scale = input_id(n, OC_SCALE),
        .x_ref = OCT_NO_REF, .residual_ref = OCT_NO_REF,
        .stride_o = channels * taps,
        .stride_i = taps,
        .alpha = 1.0f,
        .beta = 1.0f,
        .macs = (uint64_t)oct_value_elems(oct_node_out(g, n, 0)) * (uint64_t)(channels * taps),
    };
    oct_product_build(b, &p, n->out[0]);
    return OCTET_OK;
}
