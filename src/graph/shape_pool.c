/* Inference of pooling.
 * SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "graph/shape_window.h"

static uint32_t pool_types(oct_op op)
{
    switch (op) {
    case OCT_OP_MAX_POOL:
    case OCT_OP_GLOBAL_MAX_POOL: return OCT_TYPES_FLOAT | OCT_TYPES_QUANTIZED;
    case OCT_OP_QLINEAR_AVERAGE_POOL: return OCT_TYPES_8;
    default: return OCT_TYPES_FLOAT;
    }
}

/* Windows that lie in the padding alone would have no value. */
static octet_status check_pads(oct_infer *ctx, const oct_window *w)
{
    for (int a = 0; a < 2; a++)
        if (w->pad_begin[a] >= oct_window_extent(w, a) || w->pad_end[a] >= oct_window_extent(w, a))
            return oct_infer_fail(ctx, OCTET_BAD_INPUT,
                                  "pads %" PRId32 " and %" PRId32 " must be smaller than the kernel of %" PRId64,
                                  w->pad_begin[a], w->pad_end[a], oct_window_extent(w, a));
    return OCTET_OK;
}

static octet_status check_lp(oct_infer *ctx, const oct_pool_params *p)
{
    bool lp = ctx->node->op == OCT_OP_LP_POOL || ctx->node->op == OCT_OP_GLOBAL_LP_POOL;
    if (lp && p->p < 1)
        return oct_infer_fail(ctx, OCTET_BAD_INPUT, "p is %" PRId32 ", but must be at least 1", p->p);
    return OCTET_OK;
}

octet_status oct_infer_pool(oct_infer *ctx)
{
    oct_pool_params *p = ctx->node->params;
    const oct_value *x = oct_infer_in(ctx, 0);
    oct_window w = OCT_WINDOW(p, &p->ceil_mode);
    OCT_TRY(oct_infer_types(ctx, 0, pool_types(ctx->node->op)));
    OCT_TRY(check_lp(ctx, p));
    OCT_TRY(oct_window_begin(ctx, 0, &p->n_spatial, &w));
    OCT_TRY(oct_window_check(ctx, &w));
    int64_t out[2], dims[OCTET_MAX_RANK];
    OCT_TRY(oct_window_output(ctx, &w, x, out));
    OCT_TRY(check_pads(ctx, &w));
    oct_window_dims(x, x->dims[1], out, dims);
    OCT_TRY(oct_infer_set(ctx, 0, x->dtype, x->rank, dims));
    return oct_infer_set(ctx, 1, OCTET_I64, x->rank, dims); /* MaxPool's indices */
}

octet_status oct_infer_global_pool(oct_infer *ctx)
{
    oct_pool_params *p = ctx->node->params;
    const oct_value *x = oct_infer_in(ctx, 0);
    oct_window w = OCT_WINDOW(p, &p->ceil_mode);
    OCT_TRY(oct_infer_types(ctx, 0, pool_types(ctx->node->op)));
    OCT_TRY(check_lp(ctx, p));
    p->n_spatial = 0;
    OCT_TRY(oct_window_begin(ctx, 0, &p->n_spatial, &w));
    for (int a = 0; a < 2; a++) {
        p->kernel[a] = (int32_t)oct_image_size(x, a);
        p->stride[a] = p->dilation[a] = 1;
        p->pad_begin[a] = p->pad_end[a] = 0;
    }
    p->auto_pad = OCT_PAD_EXPLICIT;
    p->ceil_mode = false;
    p->global = true;
    int64_t one[2] = {1, 1}, dims[OCTET_MAX_RANK];
    oct_window_dims(x, x->dims[1], one, dims);
    return oct_infer_set(ctx, 0, x->dtype, x->rank, dims);
}
