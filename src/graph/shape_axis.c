/* Inference of operators that work along an axis: Softmax and its like, ArgMax, TopK, reductions.
 * SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "graph/resolve.h"
#include "graph/shape_check.h"

octet_status oct_infer_same_axis(oct_infer *ctx)
{
    oct_axis_params *p = ctx->node->params;
    const oct_value *x = oct_infer_in(ctx, 0);
    OCT_TRY(oct_infer_types(ctx, 0, OCT_TYPES_FLOAT));
    OCT_TRY(oct_infer_axis_param(ctx, &p->axis, x->rank));
    return oct_infer_set_like(ctx, 0, x->dtype, x);
}

/* Output i: the shape of x with the axes of the set gone, or 1 with keepdims. */
static octet_status set_reduced(oct_infer *ctx, octet_dtype dtype, const oct_value *x, uint32_t axes, bool keepdims)
{
    int64_t dims[OCTET_MAX_RANK];
    int rank = 0;
    for (int k = 0; k < x->rank; k++) {
        bool reduced = axes >> k & 1;
        if (!reduced || keepdims)
            dims[rank++] = reduced ? 1 : x->dims[k];
    }
    return oct_infer_set(ctx, 0, dtype, rank, dims);
}

octet_status oct_infer_arg_max(oct_infer *ctx)
{
    oct_axis_params *p = ctx->node->params;
    const oct_value *x = oct_infer_in(ctx, 0);
    OCT_TRY(oct_infer_types(ctx, 0, OCT_TYPES_NUMERIC));
    OCT_TRY(oct_infer_axis_param(ctx, &p->axis, x->rank));
    if (x->dims[p->axis] == 0)
        return oct_infer_fail(ctx, OCTET_BAD_INPUT, "axis %" PRId32 " of '%s' with shape %s is empty", p->axis, x->name,
                              oct_shape_text(x).text);
    return set_reduced(ctx, OCTET_I64, x, 1u << p->axis, p->keepdims);
}

/* TopK: inputs x, k; outputs values, indices */
octet_status oct_infer_topk(oct_infer *ctx)
{
    oct_axis_params *p = ctx->node->params;
    const oct_value *x = oct_infer_in(ctx, 0);
    int64_t k, dims[OCTET_MAX_RANK];
    int n;
    OCT_TRY(oct_infer_types(ctx, 0, OCT_TYPES_NUMERIC));
    OCT_TRY(oct_infer_axis_param(ctx, &p->axis, x->rank));
    OCT_TRY(oct_infer_scalar(ctx, 1));
    OCT_TRY(oct_infer_ints(ctx, 1, &k, 1, &n));
    if (k < 0 || k > x->dims[p->axis])
        return oct_infer_fail(ctx, OCTET_BAD_INPUT, "k is %" PRId64 ", but axis %" PRId32 " of '%s' has shape %s", k,
                              p->axis, x->name, oct_shape_text(x).text);
    for (int i = 0; i < x->rank; i++)
        dims[i] = i == p->axis ? k : x->dims[i];
    OCT_TRY(oct_infer_set(ctx, 0, x->dtype, x->rank, dims));
    return oct_infer_set(ctx, 1, OCTET_I64, x->rank, dims);
}

octet_status oct_infer_reduce(oct_infer *ctx)
{
    const oct_reduce_params *p = ctx->node->params;
    const oct_value *x = oct_infer_in(ctx, 0);
    bool extreme = ctx->node->op == OCT_OP_REDUCE_MAX || ctx->node->op == OCT_OP_REDUCE_MIN;
    uint32_t axes, more = extreme ? OCT_TYPES_8 | OCT_TYPE(BOOL) : 0;
    OCT_TRY(oct_infer_types(ctx, 0, OCT_TYPES_FLOAT | OCT_TYPES_WIDE_INT | more));
    OCT_TRY(oct_resolve_reduce_axes(ctx->graph, ctx->node, &axes, ctx->err));
    return set_reduced(ctx, x->dtype, x, axes, p->keepdims);
}
