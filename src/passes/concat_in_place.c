/* A channels-last Concat over channels needs no copy if its inputs are written where they belong: convolutions can store
 * with a pixel pitch wider than their own channels, so their results become views of the Concat's result.
 * SPDX-License-Identifier: Apache-2.0 */
#include "passes/passes.h"

#include "base/mem.h"

/* Made by a convolution for this Concat alone. */
static bool can_be_view(const oct_graph *g, const int32_t *uses, const oct_node *concat, int i)
{
    const oct_node *maker = oct_fuse_sole_producer(g, uses, concat, i);
    const oct_value *v = oct_node_in(g, concat, i);
    if (!maker || v->layout != OCT_CHANNELS_LAST)
        return false;
    if (maker->op == OCT_OP_CONV || maker->op == OCT_OP_PIXEL_CONV)
        return v->dtype == OCTET_F32;
    return oct_fuse_has_store(g, maker);
}

static void place_inputs(oct_graph *g, const int32_t *uses, const oct_node *concat)
{
    const oct_value *whole = oct_node_out(g, concat, 0);
    const oct_axis_params *p = concat->params;
    if (whole->layout != OCT_CHANNELS_LAST || p->axis != 1 || whole->dims[1] > INT32_MAX)
        return;
    int64_t channel = 0;
    for (int i = 0; i < concat->n_in; i++) {
        oct_value *v = &g->values[concat->in[i]];
        if (can_be_view(g, uses, concat, i)) {
            v->view_of = concat->out[0];
            v->view_channel = (int32_t)channel;
            v->pixel_pitch = (int32_t)whole->dims[1];
        }
        channel += v->dims[1];
    }
}

octet_status oct_pass_concat_in_place(oct_graph *g, const oct_pass_env *env, octet_error *err)
{
    (void)env;
    int32_t *uses = oct_calloc((size_t)g->n_values + 1, sizeof *uses);
    if (!uses)
        return oct_fail_memory(err, "use counts", (unsigned long long)g->n_values * sizeof *uses);
    oct_graph_uses(g, uses);
    for (oct_node_id i = 0; i < g->n_nodes; i++)
        if (!g->nodes[i].dead && g->nodes[i].op == OCT_OP_CONCAT)
            place_inputs(g, uses, &g->nodes[i]);
    oct_free(uses);
    return OCTET_OK;
}
