/* Invariants of the graph, checked after the importer and between passes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "graph/graph.h"

static octet_status bad_node(const oct_node *n, octet_error *err, const char *what, int i)
{
    return oct_fail(err, OCTET_BAD_INPUT, "%s '%s': %s %d", n->onnx_op, n->name, what, i);
}

static bool valid(const oct_graph *g, oct_value_id v)
{
    return v >= 0 && v < g->n_values;
}

static octet_status check_value(const oct_graph *g, const oct_value *v, octet_error *err)
{
    if (!v->name)
        return oct_fail(err, OCTET_BAD_INPUT, "a value has no name");
    if (v->rank < -1 || v->rank > OCTET_MAX_RANK)
        return oct_fail(err, OCTET_BAD_INPUT, "value '%s': rank %d is not in 0..%d", v->name, v->rank, OCTET_MAX_RANK);
    if (v->data && !oct_value_known(v))
        return oct_fail(err, OCTET_BAD_INPUT, "constant '%s' has no known type and shape", v->name);
    if (v->producer == OCT_NONE)
        return OCTET_OK;
    if (v->data || v->is_input)
        return oct_fail(err, OCTET_BAD_INPUT, "%s '%s' has a producer", v->data ? "constant" : "input", v->name);
    if (v->producer < 0 || v->producer >= g->n_nodes)
        return oct_fail(err, OCTET_BAD_INPUT, "value '%s': its producer %d is no node", v->name, v->producer);
    const oct_node *n = &g->nodes[v->producer];
    for (int32_t i = 0; i < n->n_out; i++)
        if (oct_graph_value(g, n->out[i]) == v)
            return OCTET_OK;
    return oct_fail(err, OCTET_BAD_INPUT, "value '%s': its producer '%s' has no such output", v->name, n->name);
}

static octet_status check_arity(const oct_node *n, octet_error *err)
{
    const oct_op_info *info = oct_op_get_info(n->op);
    if (n->n_in < info->min_in || (info->max_in >= 0 && n->n_in > info->max_in))
        return bad_node(n, err, "wrong number of inputs:", n->n_in);
    if (n->n_out < info->min_out || (info->max_out >= 0 && n->n_out > info->max_out))
        return bad_node(n, err, "wrong number of outputs:", n->n_out);
    return OCTET_OK;
}

static octet_status check_node(const oct_graph *g, const oct_node *n, octet_error *err)
{
    if (!n->name || !n->onnx_op)
        return oct_fail(err, OCTET_BAD_INPUT, "a node has no name");
    if ((unsigned)n->op >= OCT_N_OPS)
        return bad_node(n, err, "unknown operator number", (int)n->op);
    OCT_TRY(check_arity(n, err));
    for (int32_t i = 0; i < n->n_in; i++)
        if (n->in[i] != OCT_NONE && !valid(g, n->in[i]))
            return bad_node(n, err, "no such value at input", i);
    for (int32_t i = 0; i < n->n_out; i++)
        if (n->out[i] != OCT_NONE && !valid(g, n->out[i]))
            return bad_node(n, err, "no such value at output", i);
    return OCTET_OK;
}

/* Every output of a live node is a constant (folded) or points back to the node. */
static octet_status check_producers(const oct_graph *g, oct_node_id id, octet_error *err)
{
    const oct_node *n = &g->nodes[id];
    for (int32_t i = 0; i < n->n_out; i++) {
        const oct_value *v = oct_node_out(g, n, i);
        if (v && !v->data && v->producer != id)
            return oct_fail(err, OCTET_BAD_INPUT, "%s '%s': output '%s' names another producer", n->onnx_op, n->name,
                            v->name);
    }
    return OCTET_OK;
}

static octet_status check_ends(const oct_graph *g, octet_error *err)
{
    for (int32_t i = 0; i < g->n_inputs; i++)
        if (!valid(g, g->inputs[i]) || !g->values[g->inputs[i]].is_input)
            return oct_fail(err, OCTET_BAD_INPUT, "graph input %d is no input value", i);
    for (int32_t i = 0; i < g->n_outputs; i++)
        if (!valid(g, g->outputs[i]) || !g->values[g->outputs[i]].is_output)
            return oct_fail(err, OCTET_BAD_INPUT, "graph output %d is no output value", i);
    return OCTET_OK;
}

octet_status oct_graph_verify(const oct_graph *g, octet_error *err)
{
    OCT_TRY(check_ends(g, err));
    for (int32_t i = 0; i < g->n_nodes; i++)
        if (!g->nodes[i].dead)
            OCT_TRY(check_node(g, &g->nodes[i], err));
    for (int32_t i = 0; i < g->n_values; i++)
        OCT_TRY(check_value(g, &g->values[i], err));
    for (int32_t i = 0; i < g->n_nodes; i++)
        if (!g->nodes[i].dead)
            OCT_TRY(check_producers(g, i, err));
    return OCTET_OK;
}
