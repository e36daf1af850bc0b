/* DequantizeLinear goes behind operators that only move numbers, or pick the largest: these then work on the integers, and
 * what is exact stays so. MaxPool, Reshape, Transpose, Slice, Pad with a number that has an integer of its own, Concat of equal
 * scales...
 * SPDX-License-Identifier: Apache-2.0 */
#include "passes/qdq.h"

#include <math.h>

static octet_status sink(oct_qdq *f, oct_node_id id, const oct_quantized *x);

bool oct_qdq_moves(const oct_node *n)
{
    switch (n->op) {
    case OCT_OP_IDENTITY: case OCT_OP_RESHAPE: case OCT_OP_FLATTEN: case OCT_OP_SQUEEZE: case OCT_OP_UNSQUEEZE:
    case OCT_OP_TRANSPOSE: case OCT_OP_SLICE: case OCT_OP_SPLIT: case OCT_OP_EXPAND: case OCT_OP_TILE: case OCT_OP_GATHER:
    case OCT_OP_GATHER_ELEMENTS: case OCT_OP_DEPTH_TO_SPACE: case OCT_OP_SPACE_TO_DEPTH: case OCT_OP_GLOBAL_MAX_POOL:
        return true;
    case OCT_OP_MAX_POOL:
        return n->n_out == 1 || n->out[1] == OCT_NONE;
    case OCT_OP_RESIZE: {
        const oct_resize_params *p = n->params;
        return p->mode == OCT_RESIZE_NEAREST && p->coord != OCT_COORD_TF_CROP_AND_RESIZE;
    }
    default:
        return false;
    }
}

/* The integer of Pad's number, if it has one. */
static bool integer_of(const oct_graph *g, const oct_node *pad, const oct_quantized *x, int32_t *integer)
{
    const oct_value *v = oct_node_in(g, pad, 2);
    if (v && (!v->data || oct_value_elems(v) != 1))
        return false;
    const float real = v ? (float)oct_const_float(v, 0) : 0, scale = oct_qdq_scale(g, x);
    const double q = rint((double)(real / scale)) + oct_qdq_zero(g, x);
    if (!(q >= oct_qdq_least(g, x) && q <= oct_qdq_most(g, x)))
        return false;
    *integer = (int32_t)q;
    return (float)(*integer - oct_qdq_zero(g, x)) * scale == real;
}

static octet_status sink_pad(oct_qdq *f, oct_node_id id, const oct_quantized *x)
{
    oct_node *n = &f->g->nodes[id];
    const bool constant = ((const oct_pad_params *)n->params)->mode == OCT_PAD_CONSTANT;
    int32_t integer;
    if (constant && !integer_of(f->g, n, x, &integer)) {
        n->why_float = "its number has no integer of its own at this scale";
        return OCTET_OK;
    }
    if (constant) {
        const uint8_t byte = (uint8_t)integer;
        const uint16_t word = (uint16_t)integer;
        const void *value = oct_qdq_is_words(f->g, x) ? (const void *)&word : &byte;
        oct_value_id in[4] = {n->in[0], n->in[1], OCT_NONE, oct_qdq_in(n, 3)};
        OCT_TRY(oct_graph_add_const(f->g, &in[2], NULL, oct_qdq_dtype(f->g, x), 0, NULL, value, true, f->err));
        n = &f->g->nodes[id];
        n->in = oct_arena_array(&f->g->arena, 4, sizeof *n->in);
        if (!n->in)
            return oct_fail_memory(f->err, "the inputs of a Pad", sizeof in);
        for (int i = 0; i < 4; i++)
            n->in[i] = in[i];
        n->n_in = in[3] == OCT_NONE ? 3 : 4;
    }
    return sink(f, id, x);
}

/* All inputs have the first one's scale. */
static octet_status sink_concat(oct_qdq *f, oct_node_id id, const oct_quantized *x)
{
    oct_node *n = &f->g->nodes[id];
    oct_quantized other;
    for (int i = 1; i < n->n_in; i++)
        if (!oct_qdq_activation(f->g, n->in[i], &other) || !oct_qdq_same(f->g, x, &other))
            return OCTET_OK;
    for (int i = 1; i < n->n_in; i++) {
        oct_qdq_activation(f->g, n->in[i], &other);
        n->in[i] = other.q;
    }
    return sink(f, id, x);
}

/* The node reads x's bytes, and each of its results is dequantized. */
static octet_status sink(oct_qdq *f, oct_node_id id, const oct_quantized *x)
{
    oct_graph *g = f->g;
    g->nodes[id].in[0] = x->q;
    for (int i = 0; i < g->nodes[id].n_out; i++) {
        const oct_value_id old = g->nodes[id].out[i];
        oct_quantized y = *x;
        if (old == OCT_NONE)
            continue;
        OCT_TRY(oct_qdq_new_value(f, &y.q, x, old));
        g->nodes[id].out[i] = y.q;
        g->values[y.q].producer = id;
        OCT_TRY(oct_qdq_dequantize(f, &y, old, g->nodes[id].name));
    }
    return OCTET_OK;
}

/* Weights with a scale for each index of an axis, transposed: the axis moves along. */
static octet_status sink_weights(oct_qdq *f, oct_node_id id)
{
    const oct_node *n = &f->g->nodes[id];
    const oct_transpose_params *t = n->params;
    oct_quantized x;
    if (n->op != OCT_OP_TRANSPOSE || !oct_qdq_dequantized(f->g, n->in[0], &x) || !oct_graph_value(f->g, x.q)->data)
        return OCTET_OK;
    const int rank = oct_graph_value(f->g, x.q)->rank;
    int axis = 0;
    while (axis < rank - 1 && (t->n_perm ? t->perm[axis] : rank - 1 - axis) != x.axis)
        axis++;
    x.axis = axis;
    return sink(f, id, &x);
}

octet_status oct_pass_sink_dequantize(oct_graph *g, const oct_pass_env *env, octet_error *err)
{
    oct_qdq f = {.g = g, .env = env, .err = err};
    const oct_node_id n = g->n_nodes;
    for (oct_node_id i = 0; env->integers && i < n; i++) {
        const oct_node *node = &g->nodes[i];
        oct_quantized x;
        if (node->dead || node->n_in == 0)
            continue;
        if (!oct_qdq_activation(g, node->in[0], &x))
            OCT_TRY(sink_weights(&f, i));
        else if (node->op == OCT_OP_PAD)
            OCT_TRY(sink_pad(&f, i, &x));
        else if (node->op == OCT_OP_CONCAT)
            OCT_TRY(sink_concat(&f, i, &x));
        else if (oct_qdq_moves(node))
            OCT_TRY(sink(&f, i, &x));
    }
    return OCTET_OK;
}
