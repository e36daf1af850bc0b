/* Slice, Pad, Reduce and Split; Resize is in resolve_resize.c.
 * SPDX-License-Identifier: Apache-2.0 */
#include "graph/resolve.h"

#include <inttypes.h>

#include "graph/shape_check.h"

/* The checks take an oct_infer; none of those called here writes to graph or node. */
static oct_infer reader(const oct_graph *g, const oct_node *n, octet_error *err)
{
    return (oct_infer){.graph = (oct_graph *)(uintptr_t)g, .node = (oct_node *)(uintptr_t)n, .err = err};
}

/* Axes from input i: n distinct ones in axes[]; omitted: 0, 1, ... n_default - 1. */
static octet_status read_axes(oct_infer *ctx, int i, int rank, int n_default, int *axes, int *n)
{
    int64_t given[OCTET_MAX_RANK];
    uint32_t seen = 0;
    OCT_TRY(oct_infer_ints(ctx, i, given, OCTET_MAX_RANK, n));
    bool all = *n < 0;
    if (all)
        *n = n_default;
    for (int k = 0; k < *n; k++) {
        OCT_TRY(oct_infer_axis(ctx, all ? k : given[k], rank, &axes[k]));
        if (seen >> axes[k] & 1)
            return oct_infer_fail(ctx, OCTET_BAD_INPUT, "axis %d is given twice", axes[k]);
        seen |= 1u << axes[k];
    }
    return OCTET_OK;
}

static octet_status check_length(oct_infer *ctx, int i, int n, int wanted)
{
    if (n == wanted)
        return OCTET_OK;
    return oct_infer_fail(ctx, OCTET_BAD_INPUT, "input '%s' has %d elements, but needs %d", oct_infer_in(ctx, i)->name,
                          n, wanted);
}

static int64_t clamp(int64_t x, int64_t lo, int64_t hi)
{
    return x < lo ? lo : x > hi ? hi : x;
}

/* One axis of Slice. Starts and ends may be anything up to INT64_MIN and INT64_MAX; steps beyond the largest dimension
 * act like it. */
static void slice_axis(oct_slice *s, int k, int64_t dim, int64_t start, int64_t end, int64_t step)
{
    step = clamp(step, -OCT_MAX_DIM - 1, OCT_MAX_DIM + 1);
    start = start < 0 ? start + dim : start;
    end = end < 0 ? end + dim : end;
    int64_t n = 0;
    if (step > 0) {
        start = clamp(start, 0, dim);
        end = clamp(end, 0, dim);
        n = end > start ? (end - start + step - 1) / step : 0;
    } else if (dim > 0) {
        start = clamp(start, 0, dim - 1);
        end = clamp(end, -1, dim - 1);
        n = start > end ? (start - end - step - 1) / -step : 0;
    }
    s->begin[k] = n ? start : 0;
    s->step[k] = step;
    s->size[k] = n;
}

octet_status oct_resolve_slice(const oct_graph *g, const oct_node *n, oct_slice *out, octet_error *err)
{
    oct_infer ctx = reader(g, n, err);
    const oct_value *x = oct_infer_in(&ctx, 0);
    int64_t starts[OCTET_MAX_RANK], ends[OCTET_MAX_RANK], steps[OCTET_MAX_RANK];
    int axes[OCTET_MAX_RANK], n_starts, n_ends, n_axes, n_steps;
    OCT_TRY(oct_infer_ints(&ctx, 1, starts, x->rank, &n_starts));
    OCT_TRY(oct_infer_ints(&ctx, 2, ends, x->rank, &n_ends));
    OCT_TRY(check_length(&ctx, 2, n_ends, n_starts));
    OCT_TRY(read_axes(&ctx, 3, x->rank, n_starts, axes, &n_axes));
    if (n_axes != n_starts)
        return check_length(&ctx, 3, n_axes, n_starts);
    OCT_TRY(oct_infer_ints(&ctx, 4, steps, x->rank, &n_steps));
    if (n_steps >= 0)
        OCT_TRY(check_length(&ctx, 4, n_steps, n_starts));
    for (int k = 0; k < x->rank; k++)
        slice_axis(out, k, x->dims[k], 0, x->dims[k], 1);
    for (int k = 0; k < n_starts; k++) {
        int64_t step = n_steps < 0 ? 1 : steps[k];
        if (step == 0)
            return oct_infer_fail(&ctx, OCTET_BAD_INPUT, "step of axis %d is 0", axes[k]);
        slice_axis(out, axes[k], x->dims[axes[k]], starts[k], ends[k], step);
    }
    return OCTET_OK;
}

static octet_status pad_axis(oct_infer *ctx, oct_padding *p, int k, int64_t begin, int64_t end)
{
    const oct_value *x = oct_infer_in(ctx, 0);
    if (begin < -OCT_MAX_DIM || begin > OCT_MAX_DIM || end < -OCT_MAX_DIM || end > OCT_MAX_DIM)
        return oct_infer_fail(ctx, OCTET_BAD_INPUT, "pads %" PRId64 " and %" PRId64 " of axis %d are out of range",
                              begin, end, k);
    p->begin[k] = begin;
    p->end[k] = end;
    p->size[k] = x->dims[k] + begin + end;
    if (p->size[k] < 0)
        return oct_infer_fail(ctx, OCTET_BAD_INPUT, "pads %" PRId64 " and %" PRId64 " cut more than axis %d of %s has",
                              begin, end, k, oct_shape_text(x).text);
    return OCTET_OK;
}

octet_status oct_resolve_pad(const oct_graph *g, const oct_node *n, oct_padding *out, octet_error *err)
{
    oct_infer ctx = reader(g, n, err);
    const oct_value *x = oct_infer_in(&ctx, 0);
    int64_t pads[2 * OCTET_MAX_RANK];
    int axes[OCTET_MAX_RANK], n_pads, n_axes;
    OCT_TRY(read_axes(&ctx, 3, x->rank, x->rank, axes, &n_axes));
    OCT_TRY(oct_infer_ints(&ctx, 1, pads, 2 * OCTET_MAX_RANK, &n_pads));
    OCT_TRY(check_length(&ctx, 1, n_pads, 2 * n_axes));
    for (int k = 0; k < x->rank; k++)
        OCT_TRY(pad_axis(&ctx, out, k, 0, 0));
    for (int k = 0; k < n_axes; k++)
        OCT_TRY(pad_axis(&ctx, out, axes[k], pads[k], pads[n_axes + k]));
    return OCTET_OK;
}

octet_status oct_resolve_reduce_axes(const oct_graph *g, const oct_node *n, uint32_t *axes, octet_error *err)
{
    oct_infer ctx = reader(g, n, err);
    const oct_reduce_params *p = n->params;
    int rank = oct_infer_in(&ctx, 0)->rank, list[OCTET_MAX_RANK], n_axes;
    OCT_TRY(read_axes(&ctx, 1, rank, 0, list, &n_axes));
    *axes = 0;
    for (int k = 0; k < n_axes; k++)
        *axes |= 1u << list[k];
    if (n_axes == 0 && !p->noop_with_empty_axes)
        *axes = (1u << rank) - 1;
    return OCTET_OK;
}

/* num_outputs: equal chunks, the last one smaller. Neither given: equal ones. */
static octet_status split_evenly(oct_infer *ctx, int64_t dim, int64_t *sizes)
{
    const oct_axis_params *p = ctx->node->params;
    int n_out = ctx->node->n_out;
    int64_t chunk = (dim + n_out - 1) / n_out, last = dim - chunk * (n_out - 1);
    if (p->num_outputs != 0 && p->num_outputs != n_out)
        return oct_infer_fail(ctx, OCTET_BAD_INPUT, "num_outputs is %" PRId32 ", but there are %d outputs",
                              p->num_outputs, n_out);
    if (last < 0 || (p->num_outputs == 0 && last != chunk))
        return oct_infer_fail(ctx, OCTET_BAD_INPUT, "%" PRId64 " elements do not split into %d outputs", dim, n_out);
    for (int i = 0; i < n_out; i++)
        sizes[i] = i < n_out - 1 ? chunk : last;
    return OCTET_OK;
}

octet_status oct_resolve_split(const oct_graph *g, const oct_node *n, int64_t *sizes, octet_error *err)
{
    oct_infer ctx = reader(g, n, err);
    const oct_axis_params *p = n->params;
    const oct_value *x = oct_infer_in(&ctx, 0);
    int axis, n_sizes;
    OCT_TRY(oct_infer_axis(&ctx, p->axis, x->rank, &axis));
    OCT_TRY(oct_infer_ints(&ctx, 1, sizes, n->n_out, &n_sizes));
    if (n_sizes < 0)
        return split_evenly(&ctx, x->dims[axis], sizes);
    OCT_TRY(check_length(&ctx, 1, n_sizes, n->n_out));
    int64_t left = x->dims[axis];
    for (int i = 0; i < n->n_out; i++) {
        if (sizes[i] < 0 || sizes[i] > left)
            return oct_infer_fail(&ctx, OCTET_BAD_INPUT, "split size %" PRId64 " does not fit into axis %d of %s",
                                  sizes[i], axis, oct_shape_text(x).text);
        left -= sizes[i];
    }
    if (left != 0)
        return oct_infer_fail(&ctx, OCTET_BAD_INPUT, "the split sizes leave %" PRId64 " elements of axis %d of %s over",
                              left, axis, oct_shape_text(x).text);
    return OCTET_OK;
}
