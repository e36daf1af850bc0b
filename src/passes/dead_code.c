/* Removes nodes none of whose outputs is used, from the last to the first.
 * SPDX-License-Identifier: Apache-2.0 */
#include "passes/passes.h"

#include "base/mem.h"

octet_status oct_pass_dead_code(oct_graph *g, const oct_pass_env *env, octet_error *err)
{
    (void)env;
    int32_t *uses = oct_calloc((size_t)g->n_values + 1, sizeof *uses);
    if (!uses)
        return oct_fail_memory(err, "use counts", (unsigned long long)g->n_values * sizeof *uses);
    oct_graph_uses(g, uses);
    for (oct_node_id i = g->n_nodes - 1; i >= 0; i--) {
        oct_node *n = &g->nodes[i];
        bool used = n->dead;
        for (int k = 0; k < n->n_out && !used; k++)
            used = n->out[k] != OCT_NONE && uses[n->out[k]] > 0;
        if (used)
            continue;
        n->dead = true;
        for (int k = 0; k < n->n_in; k++)
            if (n->in[k] != OCT_NONE)
                uses[n->in[k]]--;
    }
    oct_free(uses);
    return OCTET_OK;
}
