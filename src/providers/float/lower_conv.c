/* Conv in float32, one and two spatial dimensions, channels-last.
 * SPDX-License-Identifier: Apache-2.0 */
#include "providers/float/lower.h"
#include "providers/float/product.h"

enum { X, W, BIAS, RESIDUAL, OC_SCALE }; /* inputs */

static oct_value_id input_id(const oct_node *n, int i)
{
    return i < n->n_in ? n->in[i] : OCT_NONE;
}

/* Height and width of [N, C, W] or [N, C, H, W]; a 1-D image has height 1. */
static void spatial(const oct_value *v, int32_t *h, int32_t *w)
{
    *h = v->rank == 3 ? 1 : (int32_t)v->dims[2];
    *w = (int32_t)v->dims[v->rank - 1];
}

/* Elements from pixel to pixel. */
static int32_t pitch(const oct_value *v)
{
    int64_t strides[OCTET_MAX_RANK];
    oct_value_strides(v, strides);
    return (int32_t)strides[v->rank - 1];
}

static oct_conv_f32_shape shape_of(const oct_graph *g, const oct_node *n)
{
    const oct_conv_params *p = n->params;
    const oct_value *x = oct_node_in(g, n, X), *w = oct_node_in(g, n, W), *y = oct_node_out(g, n, 0);
    oct_conv_f32_shape s = {
        .N = (int32_t)x->dims[0],
        .C = (int32_t)x->dims[1],
        .OC = (int32_t)w->dims[0],
        .KH = p->kernel[0],
        .KW = p->kernel[1],
        .G = p->group,
        .stride_h = p->stride[0],
        .stride_w = p->stride[1],
        .dilation_h = p->dilation[0],
        .dilation_w = p->dilation[1],
        .pad_top = p->pad_begin[0],
        .pad_left = p->pad_begin[1],
        .has_residual = input_id(n, RESIDUAL) != OCT_NONE,
        .act = oct_product_act(&p->act),
    };
    spatial(x, &s.H, &s.W);
    spatial(y, &s.OH, &s.OW);
    s.x_pitch = pitch(x);
    s.y_pitch = pitch(y);
    s.r_pitch = s.has_residual ? pitch(oct_node_in(g, n, RESIDUAL)) : s.OC;
    return s;
}

octet_status oct_lower_conv(oct_builder *b, const oct_node *n, octet_error *err)
{
    const oct_graph *g = oct_build_graph(b);
    const oct_value *w = oct_node_in(g, n, W);
    if (oct_node_out(g, n, 0)->dtype != OCTET_F32)
        return oct_lower_refuse(n, err, "type %s; the float provider convolves float32 only",
                                octet_dtype_name(oct_node_out(g, n, 0)->dtype));
    oct_conv_f32_shape s = shape_of(g, n);
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
