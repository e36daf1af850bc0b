/* QuantizeLinear goes in front of operators that only move numbers, or pick the largest, where an operator with an integer form
 * stands before them: Conv, Relu, MaxPool, QuantizeLinear becomes Conv, Relu, QuantizeLinear, MaxPool of bytes. Equal, since
 * rounding is monotone.
 * SPDX-License-Identifier: Apache-2.0 */
#include "passes/qdq.h"

#define MOST_MOVES 16 /* in a row */

static bool is_clamp(const oct_node *n)
{
    return n->op == OCT_OP_RELU || n->op == OCT_OP_CLIP;
}

/* The nearest node in front of the quantizer that is no move; *move = the last of these, the one to go behind it, or NULL. */
static oct_node *find_top(const oct_qdq *f, const oct_node *quantize, oct_node **move)
{
    oct_node *n = oct_qdq_sole_producer(f, quantize, 0);
    *move = NULL;
    for (int i = 0; n && i < MOST_MOVES && oct_qdq_moves(n) && n->n_out == 1; i++) {
        *move = n;
        n = oct_qdq_sole_producer(f, n, 0);
    }
    return n && is_clamp(n) ? oct_qdq_sole_producer(f, n, 0) : n;
}

/* q reads what the moves read, the first of them reads q's bytes, and the last writes what q wrote. */
static octet_status raise(oct_qdq *f, oct_node_id id, oct_node_id top_move, const oct_quantized *y)
{
    oct_graph *g = f->g;
    oct_value_id bytes;
    const oct_node_id last = g->values[g->nodes[id].in[0]].producer;
    OCT_TRY(oct_qdq_new_value(f, &bytes, y, g->nodes[top_move].in[0]));
    for (oct_node_id i = last; i != top_move; i = g->values[g->nodes[i].in[0]].producer)
        g->values[g->nodes[i].in[0]].dtype = g->values[bytes].dtype; /* between moves */
    g->nodes[id].in[0] = g->nodes[top_move].in[0];
    g->nodes[id].out[0] = bytes;
    g->values[bytes].producer = id;
    g->nodes[top_move].in[0] = bytes;
    g->nodes[last].out[0] = y->q;
    g->values[y->q].producer = last;
    return OCTET_OK;
}

octet_status oct_pass_raise_quantize(oct_graph *g, const oct_pass_env *env, octet_error *err)
{
    oct_qdq f;
    if (!env->integers)
        return OCTET_OK;
    OCT_TRY(oct_qdq_begin(&f, g, env, err));
    octet_status status = OCTET_OK;
    const oct_node_id n = g->n_nodes;
    for (oct_node_id i = 0; i < n && status == OCTET_OK; i++) {
        oct_quantized x, y;
        oct_node *move;
        if (g->nodes[i].dead || !oct_qdq_quantizer(g, &g->nodes[i], &y))
            continue;
        const oct_node *top = find_top(&f, &g->nodes[i], &move);
        if (top && move && oct_qdq_find_form(top->op) && oct_qdq_activation(g, top->in[0], &x))
            status = raise(&f, i, (oct_node_id)(move - g->nodes), &y);
    }
    oct_qdq_end(&f);
    return status;
}
