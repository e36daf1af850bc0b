/* Following an image input through its affine steps, see pixel_chain.h.
 * SPDX-License-Identifier: Apache-2.0 */
#include "passes/pixel_chain.h"

#include <math.h>

#include "graph/op_params.h"
#include "graph/resolve.h"
#include "passes/passes.h"

bool oct_pixel_chain_spread(oct_pixel_chain *c, oct_graph *g, int axis, int64_t n)
{
    if (c->channel_axis >= 0)
        return c->channel_axis == axis && c->n == n;
    if (n < 1 || n > OCT_PIXEL_MAX_CHANNELS)
        return false;
    double *scale = oct_arena_array(&g->arena, (size_t)n, sizeof *scale);
    double *shift = oct_arena_array(&g->arena, (size_t)n, sizeof *shift);
    int32_t *channel = oct_arena_array(&g->arena, (size_t)n, sizeof *channel);
    c->no_memory = !scale || !shift || !channel;
    if (c->no_memory)
        return false;
    for (int64_t i = 0; i < n; i++) {
        scale[i] = c->scale[0];
        shift[i] = c->shift[0];
        channel[i] = (int32_t)i;
    }
    c->scale = scale;
    c->shift = shift;
    c->channel = channel;
    c->channel_axis = axis;
    c->n = n;
    return true;
}

/* ---- affine steps ---- */

/* The axis of a value of rank 4 along which the constant v varies: -1 for a single number, -2 if there is none. */
static int varying_axis(const oct_value *v, const oct_value *x)
{
    int axis = -1;
    if (!v || !v->data || v->rank > 4)
        return -2;
    for (int d = 0; d < v->rank; d++) {
        int of_x = d + 4 - v->rank;
        if (v->dims[d] == 1)
            continue;
        if (axis >= 0 || v->dims[d] != x->dims[of_x])
            return -2;
        axis = of_x;
    }
    return axis;
}

/* y = y * factor + term for channel c. */
static void apply(oct_pixel_chain *chain, int64_t c, double factor, double term)
{
    chain->scale[c] *= factor;
    chain->shift[c] = chain->shift[c] * factor + term;
}

static bool all_finite(const oct_pixel_chain *c)
{
    for (int64_t i = 0; i < c->n; i++)
        if (!isfinite(c->scale[i]) || !isfinite(c->shift[i]))
            return false;
    return true;
}

/* Add, Sub, Mul, Div with a constant; the value is input `from` of the node. */
static bool binary_step(oct_pixel_chain *chain, oct_graph *g, const oct_node *n, int from)
{
    const oct_value *x = oct_node_in(g, n, from), *v = oct_node_in(g, n, 1 - from);
    const oct_value *y = oct_node_out(g, n, 0);
    int axis = varying_axis(v, x);
    if (axis == -2 || y->rank != 4 || oct_value_elems(y) != oct_value_elems(x) || (n->op == OCT_OP_DIV && from == 1))
        return false;
    if (axis >= 0 && !oct_pixel_chain_spread(chain, g, chain->axis[axis], v->dims[axis + v->rank - 4]))
        return false;
    for (int64_t c = 0; c < chain->n; c++) {
        double k = oct_const_float(v, axis < 0 ? 0 : c);
        switch (n->op) {
        case OCT_OP_ADD: apply(chain, c, 1, k); break;
        case OCT_OP_SUB: apply(chain, c, from == 0 ? 1 : -1, from == 0 ? -k : k); break;
        case OCT_OP_MUL: apply(chain, c, k, 0); break;
        default: apply(chain, c, 1 / k, 0); break;
        }
    }
    return all_finite(chain);
}

static bool batch_norm_step(oct_pixel_chain *chain, oct_graph *g, const oct_node *n)
{
    const oct_value *in[5];
    int64_t C = oct_node_in(g, n, 0)->dims[1];
    for (int i = 1; i < 5; i++) {
        in[i] = oct_node_in(g, n, i);
        if (!in[i] || !in[i]->data || oct_value_elems(in[i]) != C)
            return false;
    }
    if (!oct_pixel_chain_spread(chain, g, chain->axis[1], C))
        return false;
    double epsilon = (double)((const oct_norm_params *)n->params)->epsilon;
    for (int64_t c = 0; c < C; c++) {
        double scale = oct_const_float(in[1], c) / sqrt(oct_const_float(in[4], c) + epsilon);
        apply(chain, c, scale, oct_const_float(in[2], c) - oct_const_float(in[3], c) * scale);
    }
    return all_finite(chain);
}

/* ---- steps that move ---- */

static bool transpose_step(oct_pixel_chain *chain, const oct_node *n)
{
    const oct_transpose_params *p = n->params;
    int32_t axis[4];
    for (int i = 0; i < 4; i++)
        axis[i] = chain->axis[p->n_perm ? p->perm[i] : 3 - i];
    for (int i = 0; i < 4; i++)
        chain->axis[i] = axis[i];
    return true;
}

#define MOST_REORDERED 16 /* channels */

/* Channel c is from now on what channel from[c] was; `axis` is one of `end`. */
static bool permute(oct_pixel_chain *chain, oct_graph *g, int axis, const int64_t *from, int64_t n)
{
    oct_pixel_chain old;
    if (n > MOST_REORDERED || !oct_pixel_chain_spread(chain, g, chain->axis[axis], n))
        return false;
    old = *chain;
    chain->channel_axis = -1; /* fresh arrays */
    if (!oct_pixel_chain_spread(chain, g, old.channel_axis, n))
        return false;
    for (int64_t c = 0; c < n; c++) {
        chain->scale[c] = old.scale[from[c]];
        chain->shift[c] = old.shift[from[c]];
        chain->channel[c] = old.channel[from[c]];
    }
    return true;
}

static bool gather_step(oct_pixel_chain *chain, oct_graph *g, const oct_node *n)
{
    const oct_value *x = oct_node_in(g, n, 0), *index = oct_node_in(g, n, 1);
    int axis = ((const oct_axis_params *)n->params)->axis;
    if (!index || !index->data || index->rank != 1 || index->dims[0] != x->dims[axis] || index->dims[0] > MOST_REORDERED)
        return false;
    int64_t from[MOST_REORDERED];
    uint32_t seen = 0;
    for (int64_t c = 0; c < index->dims[0]; c++) {
        from[c] = oct_const_int(index, c);
        from[c] += from[c] < 0 ? index->dims[0] : 0;
        if (from[c] < 0 || from[c] >= index->dims[0])
            return false;
        seen |= 1u << from[c];
    }
    return seen == (1u << index->dims[0]) - 1 && permute(chain, g, axis, from, index->dims[0]);
}

/* x[..., ::-1] along one axis */
static bool slice_step(oct_pixel_chain *chain, oct_graph *g, const oct_node *n)
{
    oct_slice s;
    const oct_value *x = oct_node_in(g, n, 0);
    int axis = -1;
    if (oct_resolve_slice(g, n, &s, NULL) != OCTET_OK)
        return false;
    for (int d = 0; d < 4; d++) {
        bool whole = s.begin[d] == 0 && s.step[d] == 1 && s.size[d] == x->dims[d];
        bool reversed = s.begin[d] == x->dims[d] - 1 && s.step[d] == -1 && s.size[d] == x->dims[d];
        if (whole)
            continue;
        if (!reversed || axis >= 0 || x->dims[d] > MOST_REORDERED)
            return false;
        axis = d;
    }
    int64_t from[MOST_REORDERED];
    for (int64_t c = 0; axis >= 0 && c < x->dims[axis]; c++)
        from[c] = x->dims[axis] - 1 - c;
    return axis < 0 || permute(chain, g, axis, from, x->dims[axis]);
}

/* Split into single channels and Concat of all of them in another order; *concat is the latter. */
static bool reorder_step(oct_pixel_chain *chain, oct_graph *g, const int32_t *uses, const oct_node *split, oct_node_id *concat)
{
    const int axis = ((const oct_axis_params *)split->params)->axis, n = split->n_out;
    if (n > MOST_REORDERED || split->in[0] != chain->end || oct_node_in(g, split, 0)->dims[axis] != n)
        return false;
    int64_t from[MOST_REORDERED];
    *concat = oct_fuse_sole_consumer(g, uses, split->out[0]);
    const oct_node *join = *concat == OCT_NONE ? NULL : &g->nodes[*concat];
    if (!join || join->op != OCT_OP_CONCAT || join->n_in != n || ((const oct_axis_params *)join->params)->axis != axis)
        return false;
    uint32_t seen = 0;
    for (int c = 0; c < n; c++) {
        int k = 0;
        while (k < n && join->in[c] != split->out[k])
            k++;
        if (k == n || uses[split->out[k]] != 1 || g->values[split->out[k]].is_output)
            return false;
        from[c] = k;
        seen |= 1u << k;
    }
    return seen == (1u << n) - 1 && permute(chain, g, axis, from, n);
}

static bool pad_step(oct_pixel_chain *chain, oct_graph *g, const oct_node *n)
{
    oct_padding pad;
    const oct_value *value = oct_node_in(g, n, 2);
    if (((const oct_pad_params *)n->params)->mode != OCT_PAD_CONSTANT || (value && !value->data) ||
        (value && oct_const_float(value, 0) != 0) || oct_resolve_pad(g, n, &pad, NULL) != OCTET_OK)
        return false;
    for (int d = 0; d < 4; d++)
        if (pad.begin[d] < 0 || pad.end[d] < 0)
            return false;
    for (int d = 0; d < 4; d++) {
        chain->pad_begin[chain->axis[d]] += pad.begin[d];
        chain->pad_end[chain->axis[d]] += pad.end[d];
    }
    chain->padded = true;
    return true;
}

static bool is_float(octet_dtype t)
{
    return t == OCTET_F32 || t == OCTET_F16 || t == OCTET_BF16 || t == OCTET_F64;
}

/* Steps that only move elements, of floats and of the bytes before their Cast. */
static bool move_step(oct_pixel_chain *chain, oct_graph *g, const oct_node *n)
{
    switch (n->op) {
    case OCT_OP_TRANSPOSE: return transpose_step(chain, n);
    case OCT_OP_GATHER: return n->in[0] == chain->end && gather_step(chain, g, n);
    case OCT_OP_SLICE: return n->in[0] == chain->end && slice_step(chain, g, n);
    case OCT_OP_SPLIT: return n->in[0] == chain->end; /* into one part */
    default: return false;
    }
}

/* Steps on floats that change values; nothing but moves may follow a Pad. */
static bool float_step(oct_pixel_chain *chain, oct_graph *g, const oct_node *n)
{
    switch (n->op) {
    case OCT_OP_CAST: return true;
    case OCT_OP_ADD:
    case OCT_OP_SUB:
    case OCT_OP_MUL:
    case OCT_OP_DIV: return !chain->padded && binary_step(chain, g, n, n->in[0] == chain->end ? 0 : 1);
    case OCT_OP_BATCH_NORM: return !chain->padded && n->in[0] == chain->end && batch_norm_step(chain, g, n);
    case OCT_OP_PAD: return n->in[0] == chain->end && pad_step(chain, g, n);
    default: return false;
    }
}

static bool single_step(oct_pixel_chain *chain, oct_graph *g, const oct_node *n)
{
    const oct_value *y = oct_node_out(g, n, 0);
    if (!y || y->rank != 4 || n->n_out != 1)
        return false;
    return move_step(chain, g, n) || (is_float(y->dtype) && float_step(chain, g, n));
}

/* Go over the consumer of `end` if that is a step. */
static bool step(oct_pixel_chain *chain, oct_graph *g, const int32_t *uses)
{
    oct_node_id last = chain->consumer;
    const oct_node *n = &g->nodes[last];
    if (n->op == OCT_OP_SPLIT && n->n_out > 1) {
        if (!reorder_step(chain, g, uses, n, &last))
            return false;
        chain->nodes[chain->n_nodes++] = chain->consumer;
    } else if (!single_step(chain, g, n)) {
        return false;
    }
    chain->nodes[chain->n_nodes++] = last;
    chain->end = g->nodes[last].out[0];
    return true;
}

octet_status oct_pixel_chain_follow(oct_pixel_chain *chain, oct_graph *g, const int32_t *uses, oct_value_id id,
                                    octet_error *err)
{
    *chain = (oct_pixel_chain){.end = id, .axis = {0, 1, 2, 3}, .channel_axis = -1, .n = 1};
    chain->scale = oct_arena_array(&g->arena, 1, sizeof *chain->scale);
    chain->shift = oct_arena_array(&g->arena, 1, sizeof *chain->shift);
    if (!chain->scale || !chain->shift)
        return oct_fail_memory(err, "an input's normalization", sizeof *chain->scale);
    chain->scale[0] = 1;
    chain->shift[0] = 0;
    for (;;) {
        chain->consumer = oct_fuse_sole_consumer(g, uses, chain->end);
        if (chain->consumer == OCT_NONE || chain->n_nodes + 2 > OCT_PIXEL_CHAIN_MAX)
            return OCTET_OK;
        oct_pixel_chain next = *chain;
        bool is_step = step(&next, g, uses);
        if (next.no_memory)
            return oct_fail_memory(err, "an input's normalization", sizeof *chain->scale);
        if (!is_step)
            return OCTET_OK;
        *chain = next;
    }
}
