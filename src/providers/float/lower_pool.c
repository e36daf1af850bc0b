/* Lowering of MaxPool, AveragePool, LpPool, their global forms, and QLinearAveragePool. Images are channels-last; a 1-D image has H = 1.
 * SPDX-License-Identifier: Apache-2.0 */
#include "providers/float/lower.h"
#include "steps/qlinear.h"
#include "steps/window.h"

/* Axis i of the spatial ones, counted so that 0 is H and 1 is W, of a value with one or two of them. */
static int32_t spatial(const oct_value *v, int i)
{
    int axis = v->rank == 3 ? i + 1 : i + 2;
    return axis < 2 ? 1 : (int32_t)v->dims[axis];
}

static oct_window_shape get_shape(const oct_value *x, const oct_value *y, const oct_pool_params *p)
{
    return (oct_window_shape){
        .N = (int32_t)x->dims[0], .H = spatial(x, 0), .W = spatial(x, 1), .C = (int32_t)x->dims[1],
        .OH = spatial(y, 0), .OW = spatial(y, 1), .KH = p->kernel[0], .KW = p->kernel[1],
        .stride_h = p->stride[0], .stride_w = p->stride[1],
        .dilation_h = p->dilation[0], .dilation_w = p->dilation[1],
        .pad_top = p->pad_begin[0], .pad_left = p->pad_begin[1],
        .pad_bottom = p->pad_end[0], .pad_right = p->pad_end[1],
        .count_include_pad = p->count_include_pad, .column_major = p->column_major, .p = p->p,
    };
}

static octet_status build_window(oct_builder *b, const oct_node *n, oct_window_op op, octet_error *err)
{
    const oct_graph *g = oct_build_graph(b);
    const oct_value *x = oct_node_in(g, n, 0), *y = oct_node_out(g, n, 0);
    if (x->rank < 3 || x->rank > 4)
        return oct_lower_refuse(n, err, "%d spatial axes; one or two are supported", (int)x->rank - 2);
    if (oct_value_elems(y) == 0)
        return OCTET_OK;
    oct_window_step p = {.shape = get_shape(x, y, n->params), .op = (int32_t)op};
    bool indices = n->n_out > 1 && n->out[1] != OCT_NONE;
    const oct_ref operands[OCT_WINDOW_N_OPERANDS] = {
        [OCT_WINDOW_Y] = oct_build_value(b, n->out[0]),
        [OCT_WINDOW_INDICES] = indices ? oct_build_value(b, n->out[1]) : OCT_NO_REF,
        [OCT_WINDOW_X] = oct_build_value(b, n->in[0])};
    oct_build_step(b, &(oct_step_desc){
        .kind = &oct_step_window,
        .params = &p,
        .n_params = sizeof p,
        .operands = operands,
        .n_operands = OCT_WINDOW_N_OPERANDS,
        .n_out = 2,
    });
    return OCTET_OK;
}

octet_status oct_lower_max_pool(oct_builder *b, const oct_node *n, octet_error *err)
{
    switch (oct_node_in(oct_build_graph(b), n, 0)->dtype) {
    case OCTET_F32: return build_window(b, n, OCT_WINDOW_MAX_F32, err);
    case OCTET_U8: return build_window(b, n, OCT_WINDOW_MAX_U8, err);
    case OCTET_I8: return build_window(b, n, OCT_WINDOW_MAX_I8, err);
    case OCTET_U16: return build_window(b, n, OCT_WINDOW_MAX_U16, err);
    case OCTET_I16: return build_window(b, n, OCT_WINDOW_MAX_I16, err);
    default: return oct_lower_refuse(n, err, "elements must be float32 or integers of 8 or 16 bits");
    }
}

octet_status oct_lower_average_pool(oct_builder *b, const oct_node *n, octet_error *err)
{
    if (oct_node_in(oct_build_graph(b), n, 0)->dtype != OCTET_F32)
        return oct_lower_refuse(n, err, "elements must be float32");
    return build_window(b, n, OCT_WINDOW_AVERAGE_F32, err);
}

octet_status oct_lower_lp_pool(oct_builder *b, const oct_node *n, octet_error *err)
{
    const oct_pool_params *p = n->params;
    if (oct_node_in(oct_build_graph(b), n, 0)->dtype != OCTET_F32)
        return oct_lower_refuse(n, err, "elements must be float32");
    if (p->p < 1)
        return oct_lower_refuse(n, err, "p is %d; it must be at least 1", (int)p->p);
    return build_window(b, n, OCT_WINDOW_LP_F32, err);
}

octet_status oct_lower_qlinear_average_pool(oct_builder *b, const oct_node *n, octet_error *err)
{
    const oct_graph *g = oct_build_graph(b);
    const oct_value *x = oct_node_in(g, n, 0), *y = oct_node_out(g, n, 0);
    oct_qlinear_pool_step p = {.pool = {.shape = get_shape(x, y, n->params), .is_signed = x->dtype == OCTET_I8}};
    if ((int64_t)p.pool.shape.KH * p.pool.shape.KW > OCT_QLINEAR_MAX_PIXELS)
        return oct_lower_refuse(n, err, "windows of %lld pixels", (long long)p.pool.shape.KH * p.pool.shape.KW);
    if (oct_value_elems(y) == 0)
        return OCTET_OK;
    oct_ref operands[OCT_QLINEAR_AVERAGE_N_OPERANDS] = {oct_build_value(b, n->out[0])};
    for (int i = 0; i + 1 < OCT_QLINEAR_AVERAGE_N_OPERANDS; i++)
        operands[i + 1] = oct_build_value(b, n->in[i]);
    oct_build_step(b, &(oct_step_desc){
        .kind = &oct_step_qlinear_pool,
        .params = &p,
        .n_params = sizeof p,
        .operands = operands,
        .n_operands = OCT_QLINEAR_AVERAGE_N_OPERANDS,
        .n_out = 1,
    });
    return OCTET_OK;
}
