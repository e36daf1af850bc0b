/* Attributes of operators that work along an axis: softmax, arg, top-k, reductions, joining, cutting, picking.
 * SPDX-License-Identifier: Apache-2.0 */
#include "onnx/import.h"

static octet_status read_axis(oct_import *ctx, int32_t otherwise, int32_t *axis)
{
    return oct_attr_int32(ctx, "axis", otherwise, -OCTET_MAX_RANK, OCTET_MAX_RANK, axis);
}

static octet_status axis_params(oct_import *ctx, int32_t otherwise, oct_axis_params **out)
{
    *out = oct_import_params(ctx, sizeof **out);
    return *out ? read_axis(ctx, otherwise, &(*out)->axis) : OCTET_NO_MEMORY;
}

/* Softmax, LogSoftmax, Hardmax: before opset 13 over all axes from `axis` on */
octet_status oct_import_softmax(oct_import *ctx)
{
    oct_axis_params *p;
    bool old = ctx->opset < 13;
    OCT_TRY(axis_params(ctx, old ? 1 : -1, &p));
    p->coerce_2d = old;
    return OCTET_OK;
}

octet_status oct_import_arg_max(oct_import *ctx)
{
    oct_axis_params *p;
    OCT_TRY(axis_params(ctx, 0, &p));
    OCT_TRY(oct_attr_bool(ctx, "keepdims", true, &p->keepdims));
    return oct_attr_bool(ctx, "select_last_index", false, &p->last_index);
}

/* k is an input since opset 10 */
octet_status oct_import_topk(oct_import *ctx)
{
    int64_t k;
    oct_axis_params *p;
    OCT_TRY(axis_params(ctx, -1, &p));
    OCT_TRY(oct_attr_bool(ctx, "largest", true, &p->largest));
    OCT_TRY(oct_attr_bool(ctx, "sorted", true, &p->sorted));
    if (ctx->opset >= 10)
        return OCTET_OK;
    OCT_TRY(oct_import_most_inputs(ctx, 1));
    OCT_TRY(oct_attr_require(ctx, "k"));
    OCT_TRY(oct_attr_int(ctx, "k", 0, &k));
    return oct_import_ints_in(ctx, 1, "k", &k, 1);
}

/* axes are an input since opset 18, of ReduceSum since 13 */
octet_status oct_import_reduce(oct_import *ctx)
{
    oct_reduce_params *p = oct_import_params(ctx, sizeof *p);
    if (!p)
        return OCTET_NO_MEMORY;
    OCT_TRY(oct_attr_bool(ctx, "keepdims", true, &p->keepdims));
    OCT_TRY(oct_attr_bool(ctx, "noop_with_empty_axes", false, &p->noop_with_empty_axes));
    if (ctx->opset >= (ctx->op == OCT_OP_REDUCE_SUM ? 13 : 18))
        return OCTET_OK;
    OCT_TRY(oct_import_most_inputs(ctx, 1));
    return oct_import_ints_to_in(ctx, 1, "axes");
}

octet_status oct_import_concat(oct_import *ctx)
{
    oct_axis_params *p;
    OCT_TRY(oct_attr_require(ctx, "axis"));
    return axis_params(ctx, 0, &p);
}

/* Sizes are an input since opset 13; without sizes the parts are equal, as many as there are outputs. */
octet_status oct_import_split(oct_import *ctx)
{
    oct_axis_params *p;
    OCT_TRY(axis_params(ctx, 0, &p));
    OCT_TRY(oct_attr_int32(ctx, "num_outputs", 0, 0, INT32_MAX, &p->num_outputs));
    if (ctx->opset < 13) {
        OCT_TRY(oct_import_most_inputs(ctx, 1));
        OCT_TRY(oct_import_ints_to_in(ctx, 1, "split"));
    }
    if (p->num_outputs && oct_import_in(ctx, 1) != OCT_NONE)
        return oct_import_fail(ctx, OCTET_BAD_INPUT, "both sizes and attribute 'num_outputs'");
    if (!p->num_outputs && oct_import_in(ctx, 1) == OCT_NONE)
        p->num_outputs = ctx->n_out;
    return OCTET_OK;
}

/* Gather, GatherElements */
octet_status oct_import_gather(oct_import *ctx)
{
    oct_axis_params *p;
    return axis_params(ctx, 0, &p);
}

octet_status oct_import_flatten(oct_import *ctx)
{
    oct_axis_params *p;
    return axis_params(ctx, 1, &p);
}
