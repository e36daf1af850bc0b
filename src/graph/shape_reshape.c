/* Inference of operators that keep the elements and their order: Reshape, Flatten, Squeeze, Unsqueeze.
 * SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "graph/shape_check.h"

typedef struct target {
    int64_t dims[OCTET_MAX_RANK]; /* as given: 0 copies unless allow_zero, one may be -1 */
    int rank, free;               /* free: the axis with -1, or -1 */
} target;

/* 0 becomes the input's dimension; finds the free axis. */
static octet_status read_target(oct_infer *ctx, const oct_value *x, bool allow_zero, target *t)
{
    bool zero = false;
    t->free = -1;
    OCT_TRY(oct_infer_ints(ctx, 1, t->dims, OCTET_MAX_RANK, &t->rank));
    for (int k = 0; k < t->rank; k++) {
        zero |= t->dims[k] == 0;
        if (t->dims[k] < -1 || t->dims[k] > OCT_MAX_DIM)
            return oct_infer_fail(ctx, OCTET_BAD_INPUT, "shape has %" PRId64, t->dims[k]);
        if (t->dims[k] == -1 && t->free >= 0)
            return oct_infer_fail(ctx, OCTET_BAD_INPUT, "shape %s has -1 twice",
                                  oct_dims_to_text(t->dims, t->rank).text);
        if (t->dims[k] == -1)
            t->free = k;
        if (t->dims[k] == 0 && !allow_zero && k >= x->rank)
            return oct_infer_fail(ctx, OCTET_BAD_INPUT, "shape has 0 for axis %d, but input '%s' has shape %s", k,
                                  x->name, oct_shape_text(x).text);
    }
    if (allow_zero && zero && t->free >= 0)
        return oct_infer_fail(ctx, OCTET_BAD_INPUT, "shape has both 0 and -1 under allowzero = 1");
    for (int k = 0; !allow_zero && k < t->rank; k++)
        if (t->dims[k] == 0)
            t->dims[k] = x->dims[k];
    return OCTET_OK;
}

octet_status oct_infer_reshape(oct_infer *ctx)
{
    const oct_reshape_params *p = ctx->node->params;
    const oct_value *x = oct_infer_in(ctx, 0);
    int64_t n_in = oct_value_elems(x), n_given;
    target t;
    OCT_TRY(read_target(ctx, x, p->allow_zero, &t));
    if (t.free >= 0)
        t.dims[t.free] = 1;
    bool fits = oct_shape_elems(t.dims, t.rank, &n_given);
    if (t.free >= 0 && fits && n_given > 0 && n_in % n_given == 0)
        t.dims[t.free] = n_in / n_given;
    else if (t.free >= 0)
        t.dims[t.free] = -1; /* for the message */
    if (!oct_shape_elems(t.dims, t.rank, &n_given) || n_given != n_in)
        return oct_infer_fail(ctx, OCTET_BAD_INPUT, "input '%s' of shape %s does not reshape to %s", x->name,
                              oct_shape_text(x).text, oct_dims_to_text(t.dims, t.rank).text);
    return oct_infer_set(ctx, 0, x->dtype, t.rank, t.dims);
}

octet_status oct_infer_flatten(oct_infer *ctx)
{
    oct_axis_params *p = ctx->node->params;
    const oct_value *x = oct_infer_in(ctx, 0);
    if (p->axis < -x->rank || p->axis > x->rank) /* up to rank: all in front */
        return oct_infer_fail(ctx, OCTET_BAD_INPUT, "axis %" PRId32 " is outside %d dimensions", p->axis, x->rank);
    if (p->axis < 0)
        p->axis += x->rank;
    int64_t dims[2];
    if (!oct_shape_elems(x->dims, p->axis, &dims[0]) ||
        !oct_shape_elems(x->dims + p->axis, x->rank - p->axis, &dims[1]))
        return oct_infer_fail(ctx, OCTET_UNSUPPORTED, "input '%s' of shape %s is too large", x->name,
                              oct_shape_text(x).text);
    return oct_infer_set(ctx, 0, x->dtype, 2, dims);
}

/* Input 1 as a set of axes of `rank` dimensions; *given says whether there was one. */
static octet_status read_axes(oct_infer *ctx, int rank, uint32_t *axes, int *n)
{
    int64_t list[OCTET_MAX_RANK];
    *axes = 0;
    OCT_TRY(oct_infer_ints(ctx, 1, list, OCTET_MAX_RANK, n));
    for (int k = 0; k < *n; k++) {
        int axis;
        OCT_TRY(oct_infer_axis(ctx, list[k], rank, &axis));
        if (*axes >> axis & 1)
            return oct_infer_fail(ctx, OCTET_BAD_INPUT, "axis %d is given twice", axis);
        *axes |= 1u << axis;
    }
    return OCTET_OK;
}

octet_status oct_infer_squeeze(oct_infer *ctx)
{
    const oct_value *x = oct_infer_in(ctx, 0);
    int64_t dims[OCTET_MAX_RANK];
    uint32_t axes;
    int n, rank = 0;
    OCT_TRY(read_axes(ctx, x->rank, &axes, &n));
    for (int k = 0; k < x->rank; k++) {
        bool squeezed = n < 0 ? x->dims[k] == 1 : axes >> k & 1;
        if (squeezed && x->dims[k] != 1)
            return oct_infer_fail(ctx, OCTET_BAD_INPUT, "axis %d of '%s' with shape %s is not 1", k, x->name,
                                  oct_shape_text(x).text);
        if (!squeezed)
            dims[rank++] = x->dims[k];
    }
    return oct_infer_set(ctx, 0, x->dtype, rank, dims);
}

octet_status oct_infer_unsqueeze(oct_infer *ctx)
{
    const oct_value *x = oct_infer_in(ctx, 0), *list = oct_infer_in(ctx, 1);
    int64_t dims[OCTET_MAX_RANK], wider = x->rank + oct_value_elems(list);
    uint32_t axes;
    int n, from = 0;
    if (wider > OCTET_MAX_RANK)
        return oct_infer_fail(ctx, OCTET_UNSUPPORTED, "the output has %" PRId64 " dimensions, more than %d", wider,
                              OCTET_MAX_RANK);
    OCT_TRY(read_axes(ctx, (int)wider, &axes, &n));
    for (int k = 0; k < wider; k++)
        dims[k] = axes >> k & 1 ? 1 : x->dims[from++];
    return oct_infer_set(ctx, 0, x->dtype, (int)wider, dims);
}
