/* Removes nodes whose output is their first input, unchanged.
 * SPDX-License-Identifier: Apache-2.0 */
#include "passes/passes.h"

#include "base/mem.h"

static bool keeps_order(const oct_graph *g, const oct_node *n)
{
    const oct_transpose_params *p = n->params;
    const oct_value *v = oct_node_in(g, n, 0);
    if (p->n_perm == 0)
        return v->rank < 2;
    for (int i = 0; i < p->n_perm; i++)
        if (p->perm[i] != i)
            return false;
    return true;
}

static bool same_shape(const oct_value *a, const oct_value *b)
{
    if (a->rank != b->rank)
        return false;
    for (int i = 0; i < a->rank; i++)
        if (a->dims[i] != b->dims[i])
            return false;
    return true;
}

static bool changes_nothing(const oct_graph *g, const oct_node *n)
{
    const oct_value *in = oct_node_in(g, n, 0), *out = oct_node_out(g, n, 0);
    switch (n->op) {
    case OCT_OP_IDENTITY: return true;
    case OCT_OP_DROPOUT: return n->n_out < 2 || n->out[1] == OCT_NONE;
    case OCT_OP_CAST: return in->dtype == out->dtype;
    case OCT_OP_TRANSPOSE: return keeps_order(g, n);
    case OCT_OP_RESHAPE:
    case OCT_OP_FLATTEN:
    case OCT_OP_EXPAND: return same_shape(in, out);
    case OCT_OP_SUM:
    case OCT_OP_MEAN:
    case OCT_OP_MAX:
    case OCT_OP_MIN:
    case OCT_OP_CONCAT: return n->n_in == 1;
    default: return false;
    }
}

octet_status oct_pass_drop_identities(oct_graph *g, const oct_pass_env *env, octet_error *err)
{
    (void)env;
    oct_value_id *same = oct_malloc(((size_t)g->n_values + 1) * sizeof *same); /* what to read instead of a value */
    if (!same)
        return oct_fail_memory(err, "dropping identities", (unsigned long long)g->n_values * sizeof *same);
    for (int32_t v = 0; v < g->n_values; v++)
        same[v] = v;
    for (oct_node_id i = 0; i < g->n_nodes; i++) {
        oct_node *n = &g->nodes[i];
        for (int k = 0; k < n->n_in; k++)
            if (n->in[k] != OCT_NONE)
                n->in[k] = same[n->in[k]]; /* nodes are sorted: the entry is final */
        /* a graph output keeps its node: it must not become another name for an input or constant */
        if (n->dead || oct_node_out(g, n, 0)->is_output || !changes_nothing(g, n))
            continue;
        same[n->out[0]] = n->in[0];
        n->dead = true;
    }
    oct_free(same);
    return OCTET_OK;
}
