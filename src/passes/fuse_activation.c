/* Relu, Clip with constant bounds and LeakyRelu go into the store of the convolution or product before them.
 * The kernel applies them to the finished float, so the bits are those of the separate node.
 * SPDX-License-Identifier: Apache-2.0 */
#include "passes/passes.h"

#include <math.h>

#include "base/mem.h"

static oct_fused_act *act_of(const oct_node *n)
{
    if (n->op == OCT_OP_CONV)
        return &((oct_conv_params *)n->params)->act;
    if (n->op == OCT_OP_GEMM || n->op == OCT_OP_MATMUL)
        return &((oct_gemm_params *)n->params)->act;
    return NULL;
}

/* Bound i of a Clip; false if it is computed at run time or NaN. */
static bool clip_bound(const oct_graph *g, const oct_node *n, int i, float absent, float *bound)
{
    const oct_value *v = oct_node_in(g, n, i);
    *bound = absent;
    if (v && !v->data)
        return false;
    if (v)
        *bound = (float)oct_const_float(v, 0);
    return !isnan(*bound);
}

static bool as_fused_act(const oct_graph *g, const oct_node *n, oct_fused_act *act)
{
    *act = (oct_fused_act){.kind = OCT_FUSED_CLAMP, .lo = -INFINITY, .hi = INFINITY};
    switch (n->op) {
    case OCT_OP_RELU: act->lo = 0.0f; return true;
    case OCT_OP_CLIP: return clip_bound(g, n, 1, -INFINITY, &act->lo) && clip_bound(g, n, 2, INFINITY, &act->hi);
    case OCT_OP_LEAKY_RELU:
        act->kind = OCT_FUSED_LEAKY;
        act->alpha = ((const oct_alpha_params *)n->params)->alpha;
        return true;
    default: return false;
    }
}

octet_status oct_pass_fuse_activation(oct_graph *g, const oct_pass_env *env, octet_error *err)
{
    (void)env;
    int32_t *uses = oct_calloc((size_t)g->n_values + 1, sizeof *uses);
    if (!uses)
        return oct_fail_memory(err, "use counts", (unsigned long long)g->n_values * sizeof *uses);
    oct_graph_uses(g, uses);
    octet_status status = OCTET_OK;
    for (oct_node_id i = 0; i < g->n_nodes && status == OCTET_OK; i++) {
        oct_node *n = &g->nodes[i];
        oct_fused_act act;
        if (n->dead || oct_node_out(g, n, 0)->dtype != OCTET_F32 || !as_fused_act(g, n, &act))
            continue;
        oct_node *producer = oct_fuse_sole_producer(g, uses, n, 0);
        oct_fused_act *slot = producer ? act_of(producer) : NULL;
        if (!slot || slot->kind != OCT_FUSED_NONE)
            continue;
        *slot = act;
        status = oct_fuse_swallow(g, producer, n, err);
    }
    oct_free(uses);
    return status;
}
