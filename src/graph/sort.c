/* Topological order: depth-first from the nodes in their present order, so that a sorted graph stays as it is.
 * SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/mem.h"
#include "graph/graph.h"

enum { UNSEEN = 0, OPEN, PLACED };

typedef struct sorter {
    oct_graph *g;
    oct_node *sorted;     /* [n_nodes] */
    oct_node_id *stack;   /* [n_nodes] the path of open nodes */
    int32_t *next_in;     /* [n_nodes] first input of an open node that was not followed yet */
    uint8_t *state;       /* [n_nodes] */
    int32_t n_sorted, depth;
    octet_error *err;
} sorter;

/* Producer of every value from the nodes' outputs; constants (also folded ones) have none. */
static octet_status set_producers(oct_graph *g, octet_error *err)
{
    for (int32_t i = 0; i < g->n_values; i++)
        g->values[i].producer = OCT_NONE;
    for (int32_t i = 0; i < g->n_nodes; i++) {
        const oct_node *n = &g->nodes[i];
        for (int32_t j = 0; !n->dead && j < n->n_out; j++) {
            oct_value *v = oct_node_out(g, n, j);
            if (!v || v->data)
                continue;
            if (v->producer != OCT_NONE)
                return oct_fail(err, OCTET_BAD_INPUT, "%s '%s': output '%s' is also produced by %s '%s'", n->onnx_op,
                                n->name, v->name, g->nodes[v->producer].onnx_op, g->nodes[v->producer].name);
            if (v->is_input)
                return oct_fail(err, OCTET_BAD_INPUT, "%s '%s': output '%s' is also a graph input", n->onnx_op,
                                n->name, v->name);
            v->producer = i;
        }
    }
    return OCTET_OK;
}

static void open_node(sorter *s, oct_node_id id)
{
    s->state[id] = OPEN;
    s->next_in[id] = 0;
    s->stack[s->depth++] = id;
}

/* Follow one more input of the node on top of the stack, or place the node when there is none left. */
static octet_status advance(sorter *s)
{
    oct_node_id id = s->stack[s->depth - 1];
    const oct_node *n = &s->g->nodes[id];
    if (s->next_in[id] == n->n_in) {
        s->state[id] = PLACED;
        s->sorted[s->n_sorted++] = *n;
        s->depth--;
        return OCTET_OK;
    }
    const oct_value *v = oct_node_in(s->g, n, s->next_in[id]++);
    if (!v || v->data || v->is_input)
        return OCTET_OK;
    if (v->producer == OCT_NONE)
        return oct_fail(s->err, OCTET_BAD_INPUT, "%s '%s': input '%s' is produced by no node", n->onnx_op, n->name,
                        v->name);
    if (s->state[v->producer] == OPEN)
        return oct_fail(s->err, OCTET_BAD_INPUT, "%s '%s' is part of a cycle through its input '%s'", n->onnx_op,
                        n->name, v->name);
    if (s->state[v->producer] == UNSEEN)
        open_node(s, v->producer);
    return OCTET_OK;
}

static octet_status place_all(sorter *s)
{
    for (int32_t i = 0; i < s->g->n_nodes; i++) {
        if (s->state[i] != UNSEEN || s->g->nodes[i].dead)
            continue;
        open_node(s, i);
        while (s->depth > 0)
            OCT_TRY(advance(s));
    }
    return OCTET_OK;
}

static octet_status check_outputs(const oct_graph *g, octet_error *err)
{
    for (int32_t i = 0; i < g->n_outputs; i++) {
        const oct_value *v = oct_graph_value(g, g->outputs[i]);
        if (!v->data && !v->is_input && v->producer == OCT_NONE)
            return oct_fail(err, OCTET_BAD_INPUT, "graph output '%s' is produced by no node", v->name);
    }
    return OCTET_OK;
}

/* The order was found: take it over. */
static void finish(sorter *s)
{
    oct_graph *g = s->g;
    if (s->n_sorted)
        memcpy(g->nodes, s->sorted, (size_t)s->n_sorted * sizeof *g->nodes);
    g->n_nodes = s->n_sorted;
    for (int32_t i = 0; i < g->n_nodes; i++)
        for (int32_t j = 0; j < g->nodes[i].n_out; j++) {
            oct_value *v = oct_node_out(g, &g->nodes[i], j);
            if (v && !v->data)
                v->producer = i;
        }
}

octet_status oct_graph_sort(oct_graph *g, octet_error *err)
{
    OCT_TRY(set_producers(g, err));
    OCT_TRY(check_outputs(g, err));
    size_t n = (size_t)g->n_nodes;
    sorter s = {.g = g, .err = err};
    s.sorted = oct_calloc(n, sizeof *s.sorted);
    s.stack = oct_calloc(n, sizeof *s.stack);
    s.next_in = oct_calloc(n, sizeof *s.next_in);
    s.state = oct_calloc(n, sizeof *s.state);
    octet_status status = OCTET_OK;
    if (!s.sorted || !s.stack || !s.next_in || !s.state)
        status = oct_fail_memory(err, "sorting the graph", n * sizeof *s.sorted);
    if (status == OCTET_OK)
        status = place_all(&s);
    if (status == OCTET_OK)
        finish(&s);
    oct_free(s.sorted);
    oct_free(s.stack);
    oct_free(s.next_in);
    oct_free(s.state);
    return status;
}
