/* Gives the free dimensions of the graph inputs their values.
 * SPDX-License-Identifier: Apache-2.0 */
#include "passes/passes.h"

octet_status oct_pass_bind_dims(oct_graph *g, const oct_pass_env *env, octet_error *err)
{
    (void)env;
    for (int i = 0; i < g->n_inputs; i++) {
        oct_value *v = oct_graph_value(g, g->inputs[i]);
        if (v->rank < 0)
            return oct_fail(err, OCTET_UNSUPPORTED, "input '%s' has no shape; give it one", v->name);
        for (int d = 0; d < v->rank; d++) {
            if (v->dims[d] >= 0)
                continue;
            if (d > 0)
                return oct_fail(err, OCTET_USAGE, "input '%s': dimension %d ('%s') is free; give it a value with --dim %s=N",
                                v->name, d, v->dim_names[d] ? v->dim_names[d] : "?", v->dim_names[d] ? v->dim_names[d] : "NAME");
            v->dims[d] = 1;
        }
    }
    return OCTET_OK;
}
