/* Lowering of operators along axes: Softmax and its like, ArgMax, ArgMin, TopK, the reductions.
 * SPDX-License-Identifier: Apache-2.0 */
#include "graph/resolve.h"
#include "providers/float/lower.h"
#include "providers/float/stages.h"

static octet_status no_memory(octet_error *err)
{
    return oct_fail_memory(err, "a step along an axis", sizeof(oct_stage));
}

/* One axis, or with coerce_2d all axes from it on. */
static uint32_t softmax_axes(const oct_node *n, const oct_value *x)
{
    const oct_axis_params *p = n->params;
    uint32_t all = (1u << x->rank) - 1, front = (1u << p->axis) - 1;
    return p->coerce_2d ? all & ~front : all & (1u << p->axis);
}

octet_status oct_lower_softmax(oct_builder *b, const oct_node *n, octet_error *err)
{
    const oct_graph *g = oct_build_graph(b);
    const oct_value *x = oct_node_in(g, n, 0), *y = oct_node_out(g, n, 0);
    if (x->dtype != OCTET_F32)
        return oct_lower_refuse(n, err, "type %s", octet_dtype_name(x->dtype));
    oct_stages *s = oct_stages_new(b, 1);
    if (!s)
        return no_memory(err);
    oct_stage *stage = n->op == OCT_OP_HARDMAX
        ? oct_stages_add(s, OCT_STAGE_ORDER, OCT_ORDER_HARDMAX, x->dtype)
        : oct_stages_add(s, OCT_STAGE_SOFTMAX, n->op == OCT_OP_SOFTMAX ? OCT_SOFTMAX : OCT_LOG_SOFTMAX, x->dtype);
    const oct_ref operands[] = {oct_build_value(b, n->out[0]), oct_build_value(b, n->in[0])};
    int64_t y_strides[OCTET_MAX_RANK];
    oct_value_strides(y, y_strides);
    oct_stage_split(stage, x, 1, softmax_axes(n, x), (oct_place){sizeof(float), y_strides, 0});
    int in_place = n->op == OCT_OP_HARDMAX ? 0 : oct_stage_in_place(stage, 1);
    oct_stages_build(b, s, "softmax", (oct_stages_io){operands, 2, 1, in_place});
    return OCTET_OK;
}

octet_status oct_lower_arg_max(oct_builder *b, const oct_node *n, octet_error *err)
{
    const oct_graph *g = oct_build_graph(b);
    const oct_axis_params *p = n->params;
    const oct_value *x = oct_node_in(g, n, 0), *y = oct_node_out(g, n, 0);
    if (!oct_order_takes(x->dtype))
        return oct_lower_refuse(n, err, "type %s", octet_dtype_name(x->dtype));
    oct_stages *s = oct_stages_new(b, 1);
    if (!s)
        return no_memory(err);
    int op = n->op == OCT_OP_ARG_MAX ? OCT_ORDER_ARG_MAX : OCT_ORDER_ARG_MIN;
    oct_stage *stage = oct_stages_add(s, OCT_STAGE_ORDER, op, x->dtype);
    stage->last_index = p->last_index;
    const oct_ref operands[] = {oct_build_value(b, n->out[0]), oct_build_value(b, n->in[0])};
    int64_t y_strides[OCTET_MAX_RANK];
    oct_reduced_strides(x, 1u << p->axis, y, y_strides);
    oct_stage_split(stage, x, 1, 1u << p->axis, (oct_place){sizeof(int64_t), y_strides, 0});
    oct_stages_build(b, s, "argmax", (oct_stages_io){operands, 2, 1, 0});
    return OCTET_OK;
}

/* Operands: values, indices, x */
octet_status oct_lower_topk(oct_builder *b, const oct_node *n, octet_error *err)
{
    enum { VALUES, INDICES, X };
    const oct_graph *g = oct_build_graph(b);
    const oct_axis_params *p = n->params;
    const oct_value *x = oct_node_in(g, n, 0), *values = oct_node_out(g, n, 0), *indices = oct_node_out(g, n, 1);
    oct_value dense; /* both outputs are needed as working memory: an omitted one becomes temporary */
    if (!oct_order_takes(x->dtype))
        return oct_lower_refuse(n, err, "type %s", octet_dtype_name(x->dtype));
    if (!values && !indices)
        return OCTET_OK;
    oct_stages *s = oct_stages_new(b, 1);
    if (!s)
        return no_memory(err);
    dense = values ? *values : *indices;
    dense.layout = OCT_PLAIN;
    dense.pixel_pitch = 0;
    size_t n_elems = (size_t)oct_value_elems(&dense);
    const oct_ref operands[] = {
        values ? oct_build_value(b, n->out[0]) : oct_build_temp(b, n_elems * octet_dtype_size(x->dtype)),
        indices ? oct_build_value(b, n->out[1]) : oct_build_temp(b, n_elems * sizeof(int64_t)),
        oct_build_value(b, n->in[0]),
    };
    int64_t value_strides[OCTET_MAX_RANK], index_strides[OCTET_MAX_RANK], kept[OCTET_MAX_RANK];
    oct_value_strides(values ? values : &dense, value_strides);
    oct_value_strides(indices ? indices : &dense, index_strides);
    int op = p->largest ? OCT_ORDER_TOPK_LARGEST : OCT_ORDER_TOPK_SMALLEST;
    oct_stage *stage = oct_stages_add(s, OCT_STAGE_ORDER, op, x->dtype);
    stage->k = dense.dims[p->axis];
    stage->z_stride = index_strides[p->axis];
    oct_stage_split(stage, x, X, 1u << p->axis, (oct_place){octet_dtype_size(x->dtype), value_strides, VALUES});
    for (int i = 0, k = 0; i < x->rank; i++)
        if (i != p->axis)
            kept[k++] = index_strides[i];
    oct_stage_operand(stage, sizeof(int64_t), kept, INDICES);
    oct_stages_build(b, s, "topk", (oct_stages_io){operands, 3, 2, 0});
    return OCTET_OK;
}

/* ---- reductions ---- */

static oct_reduce_op reduce_op(oct_op op)
{
    switch (op) {
    case OCT_OP_REDUCE_SUM: return OCT_REDUCE_SUM;
    case OCT_OP_REDUCE_MEAN: return OCT_REDUCE_MEAN;
    case OCT_OP_REDUCE_MAX: return OCT_REDUCE_MAX;
    case OCT_OP_REDUCE_MIN: return OCT_REDUCE_MIN;
    case OCT_OP_REDUCE_PROD: return OCT_REDUCE_PROD;
    case OCT_OP_REDUCE_L1: return OCT_REDUCE_L1;
    case OCT_OP_REDUCE_L2: return OCT_REDUCE_L2;
    case OCT_OP_REDUCE_LOG_SUM: return OCT_REDUCE_LOG_SUM;
    case OCT_OP_REDUCE_LOG_SUM_EXP: return OCT_REDUCE_LOG_SUM_EXP;
    default: return OCT_REDUCE_SUM_SQUARE;
    }
}

octet_status oct_lower_reduce(oct_builder *b, const oct_node *n, octet_error *err)
{
    const oct_graph *g = oct_build_graph(b);
    const oct_value *x = oct_node_in(g, n, 0), *y = oct_node_out(g, n, 0);
    uint32_t axes;
    OCT_TRY(oct_resolve_reduce_axes(g, n, &axes, err));
    if (x->dtype != OCTET_F32 && !oct_reduce_typed_select(x->dtype))
        return oct_lower_refuse(n, err, "type %s", octet_dtype_name(x->dtype));
    oct_stages *s = oct_stages_new(b, 1);
    if (!s)
        return no_memory(err);
    oct_stage *stage = oct_stages_add(s, OCT_STAGE_REDUCE, reduce_op(n->op), x->dtype);
    const oct_ref operands[] = {oct_build_value(b, n->out[0]), oct_build_value(b, n->in[0])};
    int64_t y_strides[OCTET_MAX_RANK];
    oct_reduced_strides(x, axes, y, y_strides);
    oct_stage_split(stage, x, 1, axes, (oct_place){octet_dtype_size(y->dtype), y_strides, 0});
    oct_stages_build(b, s, "reduce", (oct_stages_io){operands, 2, 1, 0});
    return OCTET_OK;
}
