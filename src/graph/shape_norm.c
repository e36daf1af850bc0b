/* Inference of normalizations.
 * SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "graph/shape_check.h"

/* BatchNormalization: inputs x, scale, bias, mean, var; channels are axis 1. */
octet_status oct_infer_batch_norm(oct_infer *ctx)
{
    const oct_value *x = oct_infer_in(ctx, 0);
    OCT_TRY(oct_infer_rank(ctx, 0, 2, OCTET_MAX_RANK));
    OCT_TRY(oct_infer_types(ctx, 0, OCT_TYPES_FLOAT));
    for (int i = 1; i < 5; i++) {
        OCT_TRY(oct_infer_types(ctx, i, OCT_TYPES_FLOAT));
        OCT_TRY(oct_infer_vector(ctx, i, x->dims[1], "channel"));
    }
    OCT_TRY(oct_infer_same_type(ctx, 1, 2));
    OCT_TRY(oct_infer_same_type(ctx, 3, 4));
    for (int i = 1; i < ctx->node->n_out; i++) { /* outputs of training; old files name them without using them */
        oct_value *v = oct_infer_out(ctx, i);
        if (v && v->is_output)
            return oct_infer_fail(ctx, OCTET_UNSUPPORTED, "output '%s' exists in training only", v->name);
        if (v)
            v->training_only = true;
        OCT_TRY(oct_infer_set(ctx, i, oct_infer_in(ctx, 3)->dtype, 1, &x->dims[1]));
    }
    return oct_infer_set_like(ctx, 0, x->dtype, x);
}

/* InstanceNormalization: inputs x, scale, bias */
octet_status oct_infer_instance_norm(oct_infer *ctx)
{
    const oct_value *x = oct_infer_in(ctx, 0);
    OCT_TRY(oct_infer_types(ctx, 0, OCT_TYPES_FLOAT));
    OCT_TRY(oct_infer_rank(ctx, 0, 3, OCTET_MAX_RANK));
    for (int i = 1; i < 3; i++) {
        OCT_TRY(oct_infer_same_type(ctx, 0, i));
        OCT_TRY(oct_infer_vector(ctx, i, x->dims[1], "channel"));
    }
    return oct_infer_set_like(ctx, 0, x->dtype, x);
}

/* LayerNormalization: inputs x, scale, [bias]; outputs y, [mean], [1 / standard deviation], the last two in float32. */
octet_status oct_infer_layer_norm(oct_infer *ctx)
{
    oct_norm_params *p = ctx->node->params;
    const oct_value *x = oct_infer_in(ctx, 0);
    OCT_TRY(oct_infer_types(ctx, 0, OCT_TYPES_FLOAT));
    OCT_TRY(oct_infer_axis_param(ctx, &p->axis, x->rank));
    for (int i = 1; i < 3; i++) {
        OCT_TRY(oct_infer_same_type(ctx, 0, i));
        OCT_TRY(oct_infer_broadcasts_to(ctx, i, x->dims, x->rank));
    }
    int64_t dims[OCTET_MAX_RANK];
    for (int k = 0; k < x->rank; k++)
        dims[k] = k < p->axis ? x->dims[k] : 1;
    OCT_TRY(oct_infer_set(ctx, 1, OCTET_F32, x->rank, dims));
    OCT_TRY(oct_infer_set(ctx, 2, OCTET_F32, x->rank, dims));
    return oct_infer_set_like(ctx, 0, x->dtype, x);
}

octet_status oct_infer_lp_norm(oct_infer *ctx)
{
    oct_lp_params *p = ctx->node->params;
    const oct_value *x = oct_infer_in(ctx, 0);
    OCT_TRY(oct_infer_types(ctx, 0, OCT_TYPES_FLOAT));
    OCT_TRY(oct_infer_axis_param(ctx, &p->axis, x->rank));
    if (p->p != 1 && p->p != 2)
        return oct_infer_fail(ctx, OCTET_BAD_INPUT, "p is %" PRId32 ", but must be 1 or 2", p->p);
    return oct_infer_set_like(ctx, 0, x->dtype, x);
}

octet_status oct_infer_lrn(oct_infer *ctx)
{
    const oct_lrn_params *p = ctx->node->params;
    const oct_value *x = oct_infer_in(ctx, 0);
    OCT_TRY(oct_infer_types(ctx, 0, OCT_TYPES_FLOAT));
    OCT_TRY(oct_infer_rank(ctx, 0, 2, OCTET_MAX_RANK));
    if (p->size < 1)
        return oct_infer_fail(ctx, OCTET_BAD_INPUT, "size is %" PRId32 ", but must be at least 1", p->size);
    return oct_infer_set_like(ctx, 0, x->dtype, x);
}
