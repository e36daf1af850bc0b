/* Lowering of the data movers with computed indices: Slice, Pad, Gather, GatherElements. Any element type.
 * SPDX-License-Identifier: Apache-2.0 */
#include "graph/resolve.h"
#include "providers/float/lower.h"
#include "providers/float/move.h"
#include "providers/float/take.h"
#include "steps/take.h"

octet_status oct_lower_slice(oct_builder *b, const oct_node *n, octet_error *err)
{
    const oct_graph *g = oct_build_graph(b);
    const oct_value *x = oct_node_in(g, n, 0), *y = oct_node_out(g, n, 0);
    oct_slice s;
    int64_t xs[OCTET_MAX_RANK], ys[OCTET_MAX_RANK];
    oct_nd nd = {0};
    OCT_TRY(oct_resolve_slice(g, n, &s, err));
    oct_value_strides(x, xs);
    oct_value_strides(y, ys);
    for (int i = 0; i < y->rank; i++) {
        nd.offset[1] += s.begin[i] * xs[i];
        oct_nd_push(&nd, y->dims[i], ys[i], s.step[i] * xs[i], 0);
    }
    return oct_move_build(b, n, &nd, err);
}

static int64_t modulo(int64_t a, int64_t n)
{
    return (a % n + n) % n;
}

/* Where element i of a padded axis comes from when the part that is kept has n elements, i = 0 the first of them. */
static int64_t pad_index(int mode, int64_t i, int64_t n)
{
    if (i >= 0 && i < n)
        return i;
    if (n == 0)
        return -1;
    switch (mode) {
    case OCT_PAD_REFLECT: /* 0 1 .. n-1 n-2 .. 1, and so on */
        i = n == 1 ? 0 : modulo(i, 2 * (n - 1));
        return i < n ? i : 2 * (n - 1) - i;
    case OCT_PAD_EDGE: return i < 0 ? 0 : n - 1;
    case OCT_PAD_WRAP: return modulo(i, n);
    default: return -1;
    }
}

/* Negative pads cut first; what is left is then padded. */
static void fill_axis(int64_t *index, int mode, int64_t dim, int64_t begin, int64_t end)
{
    int64_t cut = begin < 0 ? -begin : 0, lead = begin > 0 ? begin : 0;
    int64_t kept = dim - cut + (end < 0 ? end : 0), size = dim + begin + end;
    for (int64_t i = 0; i < size; i++) {
        int64_t from = pad_index(mode, i - lead, kept < 0 ? 0 : kept);
        index[i] = from < 0 ? -1 : from + cut;
    }
}

octet_status oct_lower_pad(oct_builder *b, const oct_node *n, octet_error *err)
{
    const oct_graph *g = oct_build_graph(b);
    const oct_pad_params *p = n->params;
    const oct_value *x = oct_node_in(g, n, 0);
    oct_padding pads;
    oct_take_axes axes;
    if (x->rank == 0)
        return oct_lower_alias(b, n, err);
    OCT_TRY(oct_resolve_pad(g, n, &pads, err));
    OCT_TRY(oct_take_axes_new(b, n, &axes, err));
    for (int i = 0; i < x->rank; i++)
        fill_axis(axes.index[i], p->mode, x->dims[i], pads.begin[i], pads.end[i]);
    return oct_take_build(b, n, &axes, oct_build_value(b, n->n_in > 2 ? n->in[2] : OCT_NONE), err);
}

/* Constant indices are checked here; others are clamped at run time. */
static octet_status check_indices(const oct_graph *g, const oct_node *n, int64_t dim, octet_error *err)
{
    const oct_value *indices = oct_node_in(g, n, 1);
    if (indices->dtype != OCTET_I32 && indices->dtype != OCTET_I64)
        return oct_lower_refuse(n, err, "indices must be int32 or int64");
    for (int64_t i = 0; indices->data && i < oct_value_elems(indices); i++) {
        int64_t k = oct_const_int(indices, i);
        if (k < -dim || k >= dim)
            return oct_fail(err, OCTET_BAD_INPUT, "%s '%s': index %lld is not in %lld..%lld", n->onnx_op, n->name,
                            (long long)k, (long long)-dim, (long long)dim - 1);
    }
    if (dim == 0 && oct_value_elems(indices) > 0)
        return oct_lower_refuse(n, err, "gathers from an empty axis");
    return OCTET_OK;
}

static void build_gather(oct_builder *b, const oct_node *n, const oct_step_kind *kind, const void *params, size_t size)
{
    const oct_ref operands[OCT_GATHER_N_OPERANDS] = {[OCT_GATHER_Y] = oct_build_value(b, n->out[0]),
                                                     [OCT_GATHER_X] = oct_build_value(b, n->in[0]),
                                                     [OCT_GATHER_INDICES] = oct_build_value(b, n->in[1])};
    oct_build_step(b, &(oct_step_desc){
        .kind = kind,
        .params = params,
        .n_params = size,
        .operands = operands,
        .n_operands = OCT_GATHER_N_OPERANDS,
        .n_out = 1,
    });
}

octet_status oct_lower_gather(oct_builder *b, const oct_node *n, octet_error *err)
{
    const oct_graph *g = oct_build_graph(b);
    const oct_axis_params *axis = n->params;
    const oct_value *x = oct_node_in(g, n, 0), *indices = oct_node_in(g, n, 1);
    OCT_TRY(check_indices(g, n, x->dims[axis->axis], err));
    oct_gather p = {.n_outer = 1, .dim = x->dims[axis->axis], .n_indices = oct_value_elems(indices),
                    .inner_bytes = (int64_t)octet_dtype_size(x->dtype), .wide = indices->dtype == OCTET_I64};
    for (int i = 0; i < axis->axis; i++)
        p.n_outer *= x->dims[i];
    for (int i = axis->axis + 1; i < x->rank; i++)
        p.inner_bytes *= x->dims[i];
    build_gather(b, n, &oct_step_gather, &p, sizeof p);
    return OCTET_OK;
}

octet_status oct_lower_gather_elements(oct_builder *b, const oct_node *n, octet_error *err)
{
    const oct_graph *g = oct_build_graph(b);
    const oct_axis_params *axis = n->params;
    const oct_value *x = oct_node_in(g, n, 0), *indices = oct_node_in(g, n, 1);
    OCT_TRY(check_indices(g, n, x->dims[axis->axis], err));
    oct_gather_elements p = {.rank = x->rank, .axis = axis->axis, .elem_size = (int32_t)octet_dtype_size(x->dtype),
                             .wide = indices->dtype == OCTET_I64, .x_dim = x->dims[axis->axis]};
    for (int i = 0; i < x->rank; i++)
        p.dims[i] = indices->dims[i];
    oct_value_strides(x, p.x_strides);
    build_gather(b, n, &oct_step_gather_elements, &p, sizeof p);
    return OCTET_OK;
}
