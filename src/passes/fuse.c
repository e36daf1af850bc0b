/* What the fusing passes share.
 * SPDX-License-Identifier: Apache-2.0 */
#include "passes/passes.h"

oct_node *oct_fuse_sole_producer(const oct_graph *g, const int32_t *uses, const oct_node *n, int i)
{
    const oct_value *v = oct_node_in(g, n, i);
    if (!v || v->producer == OCT_NONE || v->is_output || uses[n->in[i]] != 1)
        return NULL;
    oct_node *p = &g->nodes[v->producer];
    return p->dead ? NULL : p;
}

oct_node_id oct_fuse_sole_consumer(const oct_graph *g, const int32_t *uses, oct_value_id v)
{
    if (uses[v] != 1 || g->values[v].is_output)
        return OCT_NONE;
    for (oct_node_id i = 0; i < g->n_nodes; i++)
        for (int k = 0; !g->nodes[i].dead && k < g->nodes[i].n_in; k++)
            if (g->nodes[i].in[k] == v)
                return i;
    return OCT_NONE;
}

octet_status oct_fuse_swallow(oct_graph *g, oct_node *into, oct_node *n, octet_error *err)
{
    const char *joined = oct_arena_printf(&g->arena, "%s+%s", into->onnx_op, n->onnx_op);
    if (!joined)
        return oct_fail_memory(err, "a fused node", 64);
    into->onnx_op = joined;
    into->out[0] = n->out[0];
    g->values[n->out[0]].producer = (oct_node_id)(into - g->nodes);
    n->dead = true;
    return OCTET_OK;
}
