/* One walk in topological order: infer each node's shapes, then compute it at once if all its inputs are constants.
 * Interleaved because shapes depend on constants (Reshape) and constants on shapes (Shape).
 * SPDX-License-Identifier: Apache-2.0 */
#include "passes/passes.h"
#include "graph/shape.h"

/* Larger results stay computed at run time unless they are smaller than what they come from. So does what takes longer
 * than its bytes tell: convolutions, pools, and LRN, whose window may span all channels. */
#define MAX_GROWTH ((size_t)16 << 20)

static bool all_known_constants(const oct_graph *g, const oct_node *n, size_t *n_bytes)
{
    *n_bytes = 0;
    for (int i = 0; i < n->n_in; i++) {
        const oct_value *v = oct_node_in(g, n, i);
        if (!v)
            continue;
        if (!v->data)
            return false;
        *n_bytes += oct_value_bytes(v);
    }
    return true;
}

static bool worth_folding(const oct_graph *g, const oct_node *n)
{
    size_t in_bytes, out_bytes = 0;
    if (oct_op_get_info(n->op)->layout == OCT_LC_IMAGE || n->op == OCT_OP_LRN || !all_known_constants(g, n, &in_bytes))
        return false;
    for (int i = 0; i < n->n_out; i++) {
        const oct_value *v = oct_node_out(g, n, i);
        out_bytes += v ? oct_value_bytes(v) : 0;
    }
    return out_bytes <= MAX_GROWTH || out_bytes <= 4 * in_bytes;
}

/* Inference itself may have made every output a constant (Shape, Size, Range, ConstantOfShape). */
static bool outputs_are_constant(const oct_graph *g, const oct_node *n)
{
    for (int i = 0; i < n->n_out; i++) {
        const oct_value *v = oct_node_out(g, n, i);
        if (v && !v->data)
            return false;
    }
    return true;
}

static bool is_dequantize(const oct_node *n)
{
    return n->op == OCT_OP_DEQUANTIZE_LINEAR || n->op == OCT_OP_DEQUANTIZE_LINEAR_MS;
}

static octet_status walk(oct_graph *g, const oct_pass_env *env, bool keep_dequantize, octet_error *err)
{
    for (oct_node_id i = 0; i < g->n_nodes; i++) {
        oct_node *n = &g->nodes[i];
        if (n->dead)
            continue;
        OCT_TRY(oct_infer_node(g, n, err));
        if (!outputs_are_constant(g, n) && worth_folding(g, n) && !(keep_dequantize && is_dequantize(n))) {
            octet_status status = env->evaluate(env->context, g, n, err);
            if (status != OCTET_OK && status != OCTET_UNSUPPORTED)
                return status;
        }
        n = &g->nodes[i];
        if (!outputs_are_constant(g, n))
            continue;
        n->dead = true;
        for (int k = 0; k < n->n_out; k++)
            if (n->out[k] != OCT_NONE)
                g->values[n->out[k]].producer = OCT_NONE;
    }
    return OCTET_OK;
}

octet_status oct_pass_infer_shapes(oct_graph *g, const oct_pass_env *env, octet_error *err)
{
    return walk(g, env, true, err);
}

octet_status oct_pass_fold_constants(oct_graph *g, const oct_pass_env *env, octet_error *err)
{
    return walk(g, env, false, err);
}
