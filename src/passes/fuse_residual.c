/* Conv -> Add(same shape) becomes Conv with a residual input: one pass over the data less, the same bits, because the
 * kernel adds the residual after its own sum is complete.
 * SPDX-License-Identifier: Apache-2.0 */
#include "passes/passes.h"

#include <string.h>

#include "base/mem.h"

#define RESIDUAL 3 /* input index of Conv */

static bool same_dims(const oct_value *a, const oct_value *b)
{
    return a->dtype == b->dtype && a->rank == b->rank &&
           memcmp(a->dims, b->dims, (size_t)a->rank * sizeof a->dims[0]) == 0;
}

/* Conv that can still take a residual, and whose result is exactly the Add's shape. */
static oct_node *residual_conv(const oct_graph *g, const int32_t *uses, const oct_node *add, int i)
{
    oct_node *conv = oct_fuse_sole_producer(g, uses, add, i);
    if (!conv || conv->op != OCT_OP_CONV || (conv->n_in > RESIDUAL && conv->in[RESIDUAL] != OCT_NONE))
        return NULL;
    const oct_conv_params *p = conv->params;
    const oct_value *out = oct_node_out(g, add, 0), *other = oct_node_in(g, add, 1 - i);
    bool fits = p->act.kind == OCT_FUSED_NONE && out->dtype == OCTET_F32 && same_dims(oct_node_in(g, add, i), out) &&
                same_dims(other, out) && !other->data;
    return fits ? conv : NULL;
}

static octet_status attach(oct_graph *g, oct_node *conv, oct_node *add, oct_value_id residual, octet_error *err)
{
    oct_value_id *in = oct_arena_array(&g->arena, 5, sizeof *in);
    if (!in)
        return oct_fail_memory(err, "a fused node", 5 * sizeof *in);
    for (int i = 0; i < 5; i++)
        in[i] = i < conv->n_in ? conv->in[i] : OCT_NONE;
    in[RESIDUAL] = residual;
    conv->in = in;
    conv->n_in = 5;
    return oct_fuse_swallow(g, conv, add, err);
}

octet_status oct_pass_fuse_residual(oct_graph *g, const oct_pass_env *env, octet_error *err)
{
    (void)env;
    int32_t *uses = oct_calloc((size_t)g->n_values + 1, sizeof *uses);
    if (!uses)
        return oct_fail_memory(err, "use counts", (unsigned long long)g->n_values * sizeof *uses);
    oct_graph_uses(g, uses);
    octet_status status = OCTET_OK;
    for (oct_node_id i = 0; i < g->n_nodes && status == OCTET_OK; i++) {
        oct_node *n = &g->nodes[i];
        if (n->dead || n->op != OCT_OP_ADD || n->in[0] == n->in[1])
            continue;
        oct_node *a = residual_conv(g, uses, n, 0), *b = residual_conv(g, uses, n, 1);
        if (a && b && a < b) /* of two convolutions the later one adds, so that the earlier one's result exists */
            a = NULL;
        if (a)
            status = attach(g, a, n, n->in[1], err);
        else if (b)
            status = attach(g, b, n, n->in[0], err);
    }
    oct_free(uses);
    return status;
}
