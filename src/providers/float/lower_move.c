/* Lowering of the operators that move elements along fixed strides: aliases, changes of layout, Transpose, Concat,
 * Split, Expand, Tile, DepthToSpace, SpaceToDepth. Any element type: only its size matters.
 * SPDX-License-Identifier: Apache-2.0 */
#include "graph/resolve.h"
#include "providers/float/lower.h"
#include "providers/float/move.h"

/* The node's only input and output with their strides. */
typedef struct pair {
    const oct_value *x, *y;
    int64_t xs[OCTET_MAX_RANK], ys[OCTET_MAX_RANK];
} pair;

static pair get_pair(const oct_builder *b, const oct_node *n)
{
    const oct_graph *g = oct_build_graph(b);
    pair p = {.x = oct_node_in(g, n, 0), .y = oct_node_out(g, n, 0)};
    oct_value_strides(p.x, p.xs);
    oct_value_strides(p.y, p.ys);
    return p;
}

/* y and x have the same shape. */
static octet_status build_same(oct_builder *b, const oct_node *n, octet_error *err)
{
    pair p = get_pair(b, n);
    oct_nd nd = {0};
    for (int i = 0; i < p.y->rank; i++)
        oct_nd_push(&nd, p.y->dims[i], p.ys[i], p.xs[i], 0);
    return oct_move_build(b, n, &nd, err);
}

/* Reshapes have row-major operands on both sides; only Identity may meet two layouts. */
octet_status oct_lower_alias(oct_builder *b, const oct_node *n, octet_error *err)
{
    pair p = get_pair(b, n);
    if (p.x->layout != p.y->layout)
        return build_same(b, n, err);
    oct_build_alias(b, n->out[0], n->in[0]);
    return OCTET_OK;
}

/* Both layouts put the elements of such a value in one order. */
static bool is_one_order(const oct_value *v)
{
    int64_t pixels = 1;
    for (int i = 2; i < v->rank; i++)
        pixels *= v->dims[i];
    return (pixels == 1 || v->dims[1] == 1) && !v->pixel_pitch;
}

octet_status oct_lower_relayout(oct_builder *b, const oct_node *n, octet_error *err)
{
    const oct_value *x = oct_node_in(oct_build_graph(b), n, 0);
    if (!is_one_order(x) || x->is_input || oct_node_out(oct_build_graph(b), n, 0)->is_output)
        return build_same(b, n, err);
    oct_build_alias(b, n->out[0], n->in[0]);
    return OCTET_OK;
}

octet_status oct_lower_transpose(oct_builder *b, const oct_node *n, octet_error *err)
{
    const oct_transpose_params *t = n->params;
    pair p = get_pair(b, n);
    oct_nd nd = {0};
    for (int i = 0; i < p.y->rank; i++) {
        int from = t->n_perm ? t->perm[i] : p.y->rank - 1 - i;
        oct_nd_push(&nd, p.y->dims[i], p.ys[i], p.xs[from], 0);
    }
    return oct_move_build(b, n, &nd, err);
}

/* `part` (operand part_at) is the slice of `whole` (operand whole_at) that starts at index `start` of `axis`. */
static void add_part(oct_moves *m, const oct_value *whole, int whole_at, const oct_value *part, int part_at, int axis,
                     int64_t start)
{
    int64_t ws[OCTET_MAX_RANK], ps[OCTET_MAX_RANK];
    oct_value_strides(whole, ws);
    oct_value_strides(part, ps);
    bool to_whole = whole_at < part_at;
    oct_nd *nd = to_whole ? oct_moves_add(m, whole_at, part_at) : oct_moves_add(m, part_at, whole_at);
    nd->offset[to_whole ? 0 : 1] = start * ws[axis];
    for (int i = 0; i < part->rank; i++)
        oct_nd_push(nd, part->dims[i], to_whole ? ws[i] : ps[i], to_whole ? ps[i] : ws[i], 0);
}

octet_status oct_lower_concat(oct_builder *b, const oct_node *n, octet_error *err)
{
    const oct_graph *g = oct_build_graph(b);
    const oct_axis_params *p = n->params;
    const oct_value *y = oct_node_out(g, n, 0);
    oct_moves *m = oct_moves_new(b, n->n_in);
    oct_ref *operands = oct_build_alloc(b, (size_t)(n->n_in + 1) * sizeof *operands);
    if (!m || !operands)
        return oct_fail_memory(err, "a Concat step", 0);
    operands[0] = oct_build_value(b, n->out[0]);
    int64_t start = 0;
    int n_operands = 1;
    for (int i = 0; i < n->n_in; i++) {
        const oct_value *x = oct_node_in(g, n, i);
        if (!x->pixel_pitch) { /* a view is in its place already */
            operands[n_operands] = oct_build_value(b, n->in[i]);
            add_part(m, y, 0, x, n_operands++, p->axis, start);
        }
        start += x->dims[p->axis];
    }
    if (n_operands > 1)
        oct_moves_build(b, m, y->dtype, operands, n_operands, 1);
    return OCTET_OK;
}

octet_status oct_lower_split(oct_builder *b, const oct_node *n, octet_error *err)
{
    const oct_graph *g = oct_build_graph(b);
    const oct_axis_params *p = n->params;
    const oct_value *x = oct_node_in(g, n, 0);
    oct_moves *m = oct_moves_new(b, n->n_out);
    oct_ref *operands = oct_build_alloc(b, (size_t)(n->n_out + 1) * sizeof *operands);
    int64_t *sizes = oct_build_alloc(b, (size_t)n->n_out * sizeof *sizes), start = 0;
    if (!m || !operands || !sizes)
        return oct_fail_memory(err, "a Split step", 0);
    OCT_TRY(oct_resolve_split(g, n, sizes, err));
    for (int i = 0; i < n->n_out; i++) {
        operands[i] = oct_build_value(b, n->out[i]);
        if (n->out[i] != OCT_NONE)
            add_part(m, x, n->n_out, oct_node_out(g, n, i), i, p->axis, start);
        start += sizes[i];
    }
    operands[n->n_out] = oct_build_value(b, n->in[0]);
    oct_moves_build(b, m, x->dtype, operands, n->n_out + 1, n->n_out);
    return OCTET_OK;
}

octet_status oct_lower_expand(oct_builder *b, const oct_node *n, octet_error *err)
{
    pair p = get_pair(b, n);
    int lead = p.y->rank - p.x->rank;
    oct_nd nd = {0};
    for (int i = 0; i < p.y->rank; i++) {
        bool repeated = i < lead || p.x->dims[i - lead] == 1;
        oct_nd_push(&nd, p.y->dims[i], p.ys[i], repeated ? 0 : p.xs[i - lead], 0);
    }
    return oct_move_build(b, n, &nd, err);
}

octet_status oct_lower_tile(oct_builder *b, const oct_node *n, octet_error *err)
{
    pair p = get_pair(b, n);
    oct_nd nd = {0};
    for (int i = 0; i < p.y->rank; i++) {
        int64_t dim = p.x->dims[i];
        oct_nd_push(&nd, dim ? p.y->dims[i] / dim : 0, p.ys[i] * dim, 0, 0);
        oct_nd_push(&nd, dim, p.ys[i], p.xs[i], 0);
    }
    return oct_move_build(b, n, &nd, err);
}

/* Axes of `deep` [N, (b b C or C b b), H, W] against those of `wide` [N, C, H*b, W*b], as strides of an index space
 * over N, C, H, W and the two block axes. */
typedef struct blocks {
    int64_t dims[6], deep[6], wide[6];
} blocks;

static blocks split_blocks(const oct_value *deep, const oct_value *wide, const oct_depth_params *p)
{
    int64_t ds[OCTET_MAX_RANK], ws[OCTET_MAX_RANK], k = p->block, c = wide->dims[1];
    oct_value_strides(deep, ds);
    oct_value_strides(wide, ws);
    return (blocks){
        .dims = {wide->dims[0], c, deep->dims[2], deep->dims[3], k, k},
        .deep = {ds[0], p->crd ? ds[1] * k * k : ds[1], ds[2], ds[3], p->crd ? ds[1] * k : ds[1] * k * c,
                 p->crd ? ds[1] : ds[1] * c},
        .wide = {ws[0], ws[1], ws[2] * k, ws[3] * k, ws[2], ws[3]},
    };
}

octet_status oct_lower_depth_to_space(oct_builder *b, const oct_node *n, octet_error *err)
{
    pair p = get_pair(b, n);
    blocks s = split_blocks(p.x, p.y, n->params);
    oct_nd nd = {0};
    for (int i = 0; i < 6; i++)
        oct_nd_push(&nd, s.dims[i], s.wide[i], s.deep[i], 0);
    return oct_move_build(b, n, &nd, err);
}

octet_status oct_lower_space_to_depth(oct_builder *b, const oct_node *n, octet_error *err)
{
    pair p = get_pair(b, n);
    blocks s = split_blocks(p.y, p.x, n->params);
    oct_nd nd = {0};
    for (int i = 0; i < 6; i++)
        oct_nd_push(&nd, s.dims[i], s.deep[i], s.wide[i], 0);
    return oct_move_build(b, n, &nd, err);
}

octet_status oct_lower_never(oct_builder *b, const oct_node *n, octet_error *err)
{
    (void)b;
    return oct_lower_refuse(n, err, "needs constant inputs");
}
