/* Inference of data movers: Concat, Split, Slice, Pad, Transpose, Expand, Tile, Gather, GatherElements, DepthToSpace,
 * SpaceToDepth, Resize.
 * SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "graph/resolve.h"
#include "graph/shape_check.h"

octet_status oct_infer_concat(oct_infer *ctx)
{
    oct_axis_params *p = ctx->node->params;
    const oct_value *first = oct_infer_in(ctx, 0);
    int64_t dims[OCTET_MAX_RANK];
    memcpy(dims, first->dims, sizeof dims);
    OCT_TRY(oct_infer_axis_param(ctx, &p->axis, first->rank));
    for (int i = 1; i < ctx->node->n_in; i++) {
        const oct_value *v = oct_infer_in(ctx, i);
        OCT_TRY(oct_infer_same_type(ctx, 0, i));
        bool fits = v->rank == first->rank;
        for (int k = 0; fits && k < v->rank; k++)
            fits = k == p->axis || v->dims[k] == first->dims[k];
        if (!fits)
            return oct_infer_fail(ctx, OCTET_BAD_INPUT,
                                  "inputs '%s' of shape %s and '%s' of shape %s do not concatenate along axis %" PRId32,
                                  first->name, oct_shape_text(first).text, v->name, oct_shape_text(v).text, p->axis);
        dims[p->axis] += v->dims[p->axis]; /* below 2^31 * the number of inputs */
    }
    return oct_infer_set(ctx, 0, first->dtype, first->rank, dims);
}

octet_status oct_infer_split(oct_infer *ctx)
{
    oct_axis_params *p = ctx->node->params;
    const oct_value *x = oct_infer_in(ctx, 0);
    size_t n_bytes = (size_t)ctx->node->n_out * sizeof(int64_t);
    int64_t dims[OCTET_MAX_RANK], *sizes = oct_malloc(n_bytes);
    if (!sizes)
        return oct_fail_memory(ctx->err, "a split", n_bytes);
    octet_status status;
    OCT_TRY_GOTO(oct_infer_axis_param(ctx, &p->axis, x->rank));
    OCT_TRY_GOTO(oct_resolve_split(ctx->graph, ctx->node, sizes, ctx->err));
    memcpy(dims, x->dims, sizeof dims);
    for (int i = 0; i < ctx->node->n_out; i++) {
        dims[p->axis] = sizes[i];
        OCT_TRY_GOTO(oct_infer_set(ctx, i, x->dtype, x->rank, dims));
    }
fail:
    oct_free(sizes);
    return status;
}

octet_status oct_infer_slice(oct_infer *ctx)
{
    const oct_value *x = oct_infer_in(ctx, 0);
    oct_slice slice;
    OCT_TRY(oct_resolve_slice(ctx->graph, ctx->node, &slice, ctx->err));
    return oct_infer_set(ctx, 0, x->dtype, x->rank, slice.size);
}

/* Pad: inputs data, pads, [value], [axes] */
octet_status oct_infer_pad(oct_infer *ctx)
{
    const oct_pad_params *p = ctx->node->params;
    const oct_value *x = oct_infer_in(ctx, 0);
    oct_padding pad;
    OCT_TRY(oct_resolve_pad(ctx->graph, ctx->node, &pad, ctx->err));
    OCT_TRY(oct_infer_same_type(ctx, 0, 2));
    OCT_TRY(oct_infer_scalar(ctx, 2));
    for (int k = 0; p->mode != OCT_PAD_CONSTANT && k < x->rank; k++)
        if (x->dims[k] == 0 && pad.size[k] > 0)
            return oct_infer_fail(ctx, OCTET_BAD_INPUT, "axis %d of '%s' is empty: there is nothing to pad with", k,
                                  x->name);
    return oct_infer_set(ctx, 0, x->dtype, x->rank, pad.size);
}

octet_status oct_infer_resize(oct_infer *ctx)
{
    const oct_value *x = oct_infer_in(ctx, 0);
    oct_resize resize;
    OCT_TRY(oct_resolve_resize(ctx->graph, ctx->node, &resize, ctx->err));
    for (int k = 0; k < x->rank; k++)
        if (resize.size[k] == 0)
            return oct_infer_fail(ctx, OCTET_BAD_INPUT, "scale %g of axis %d leaves nothing of %" PRId64 " elements",
                                  resize.scale[k], k, x->dims[k]);
    return oct_infer_set(ctx, 0, x->dtype, x->rank, resize.size);
}

octet_status oct_infer_transpose(oct_infer *ctx)
{
    oct_transpose_params *p = ctx->node->params;
    const oct_value *x = oct_infer_in(ctx, 0);
    int64_t dims[OCTET_MAX_RANK];
    uint32_t seen = 0;
    for (int k = 0; p->n_perm == 0 && k < x->rank; k++)
        p->perm[k] = x->rank - 1 - k;
    if (p->n_perm != 0 && p->n_perm != x->rank)
        return oct_infer_fail(ctx, OCTET_BAD_INPUT, "perm has %" PRId32 " axes, input '%s' of shape %s has %d",
                              p->n_perm, x->name, oct_shape_text(x).text, x->rank);
    for (int k = 0; k < x->rank; k++) {
        OCT_TRY(oct_infer_axis_param(ctx, &p->perm[k], x->rank));
        if (seen >> p->perm[k] & 1)
            return oct_infer_fail(ctx, OCTET_BAD_INPUT, "perm has axis %" PRId32 " twice", p->perm[k]);
        seen |= 1u << p->perm[k];
        dims[k] = x->dims[p->perm[k]];
    }
    p->n_perm = x->rank;
    return oct_infer_set(ctx, 0, x->dtype, x->rank, dims);
}

/* Expand: inputs x, shape; broadcasting both ways */
octet_status oct_infer_expand(oct_infer *ctx)
{
    const oct_value *x = oct_infer_in(ctx, 0);
    oct_value shape = {.name = "shape"};
    int64_t dims[OCTET_MAX_RANK];
    int rank;
    OCT_TRY(oct_infer_ints(ctx, 1, shape.dims, OCTET_MAX_RANK, &shape.rank));
    OCT_TRY(oct_infer_broadcast_dims(ctx, x, &shape, &rank, dims));
    return oct_infer_set(ctx, 0, x->dtype, rank, dims);
}

/* Tile: inputs x, repeats */
octet_status oct_infer_tile(oct_infer *ctx)
{
    const oct_value *x = oct_infer_in(ctx, 0);
    int64_t repeats[OCTET_MAX_RANK], dims[OCTET_MAX_RANK];
    int n;
    OCT_TRY(oct_infer_ints(ctx, 1, repeats, OCTET_MAX_RANK, &n));
    if (n != x->rank)
        return oct_infer_fail(ctx, OCTET_BAD_INPUT, "%d repeats for input '%s' of shape %s", n, x->name,
                              oct_shape_text(x).text);
    for (int k = 0; k < n; k++) {
        if (repeats[k] < 0 || repeats[k] > OCT_MAX_DIM)
            return oct_infer_fail(ctx, OCTET_BAD_INPUT, "repeats of axis %d is %" PRId64, k, repeats[k]);
        dims[k] = x->dims[k] * repeats[k];
    }
    return oct_infer_set(ctx, 0, x->dtype, x->rank, dims);
}

/* Indices that are known already lie in -dim .. dim-1. */
static octet_status check_indices(oct_infer *ctx, int i, int64_t dim)
{
    const oct_value *v = oct_infer_in(ctx, i);
    OCT_TRY(oct_infer_types(ctx, i, OCT_TYPES_INDEX));
    int64_t n = oct_value_is_const(v) ? oct_value_elems(v) : 0;
    for (int64_t k = 0; k < n; k++) {
        int64_t index = oct_const_int(v, k);
        if (index < -dim || index >= dim)
            return oct_infer_fail(ctx, OCTET_BAD_INPUT, "index %" PRId64 " in '%s' is outside %" PRId64 " elements",
                                  index, v->name, dim);
    }
    return OCTET_OK;
}

/* Gather: y has the shape of x with the axis replaced by the shape of the indices. */
octet_status oct_infer_gather(oct_infer *ctx)
{
    oct_axis_params *p = ctx->node->params;
    const oct_value *x = oct_infer_in(ctx, 0), *indices = oct_infer_in(ctx, 1);
    OCT_TRY(oct_infer_axis_param(ctx, &p->axis, x->rank));
    OCT_TRY(check_indices(ctx, 1, x->dims[p->axis]));
    int64_t dims[2 * OCTET_MAX_RANK];
    int rank = 0;
    for (int k = 0; k < p->axis; k++)
        dims[rank++] = x->dims[k];
    for (int k = 0; k < indices->rank; k++)
        dims[rank++] = indices->dims[k];
    for (int k = p->axis + 1; k < x->rank; k++)
        dims[rank++] = x->dims[k];
    return oct_infer_set(ctx, 0, x->dtype, rank, dims);
}

octet_status oct_infer_gather_elements(oct_infer *ctx)
{
    oct_axis_params *p = ctx->node->params;
    const oct_value *x = oct_infer_in(ctx, 0), *indices = oct_infer_in(ctx, 1);
    OCT_TRY(oct_infer_axis_param(ctx, &p->axis, x->rank));
    OCT_TRY(oct_infer_rank(ctx, 1, x->rank, x->rank));
    for (int k = 0; k < x->rank; k++)
        if (k != p->axis && indices->dims[k] > x->dims[k])
            return oct_infer_fail(ctx, OCTET_BAD_INPUT, "indices '%s' of shape %s exceed input '%s' of shape %s",
                                  indices->name, oct_shape_text(indices).text, x->name, oct_shape_text(x).text);
    OCT_TRY(check_indices(ctx, 1, x->dims[p->axis]));
    return oct_infer_set_like(ctx, 0, x->dtype, indices);
}

static octet_status check_block(oct_infer *ctx, const oct_value *x, int64_t block, int first, int last)
{
    if (block < 1)
        return oct_infer_fail(ctx, OCTET_BAD_INPUT, "blocksize is %" PRId64 ", but must be at least 1", block);
    for (int k = first; k <= last; k++)
        if (x->dims[k] % block != 0)
            return oct_infer_fail(ctx, OCTET_BAD_INPUT, "axis %d of '%s' with shape %s does not divide by %" PRId64, k,
                                  x->name, oct_shape_text(x).text, block);
    return OCTET_OK;
}

octet_status oct_infer_depth_to_space(oct_infer *ctx)
{
    const oct_depth_params *p = ctx->node->params;
    const oct_value *x = oct_infer_in(ctx, 0);
    int64_t block = p->block;
    OCT_TRY(oct_infer_rank(ctx, 0, 4, 4));
    OCT_TRY(check_block(ctx, x, block, 1, 0));
    OCT_TRY(check_block(ctx, x, block * block, 1, 1));
    int64_t dims[4] = {x->dims[0], x->dims[1] / (block * block), x->dims[2] * block, x->dims[3] * block};
    return oct_infer_set(ctx, 0, x->dtype, 4, dims);
}

octet_status oct_infer_space_to_depth(oct_infer *ctx)
{
    const oct_depth_params *p = ctx->node->params;
    const oct_value *x = oct_infer_in(ctx, 0);
    int64_t block = p->block, channels;
    OCT_TRY(oct_infer_rank(ctx, 0, 4, 4));
    OCT_TRY(check_block(ctx, x, block, 2, 3));
    if (OCT_MUL_OVERFLOWS(x->dims[1], block * block, &channels))
        channels = INT64_MAX;
    int64_t dims[4] = {x->dims[0], channels, x->dims[2] / block, x->dims[3] / block};
    return oct_infer_set(ctx, 0, x->dtype, 4, dims);
}
