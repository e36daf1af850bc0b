/* float16, bfloat16 and double are storage types here: a node that computes on them gets float32 inputs by Cast and its
 * results are cast back. Nodes that only move elements keep the type.
 * SPDX-License-Identifier: Apache-2.0 */
#include "passes/passes.h"

#include "base/mem.h"

static bool is_wide(octet_dtype t)
{
    return t == OCTET_F16 || t == OCTET_BF16 || t == OCTET_F64;
}

/* Operators that copy elements without looking at them, and Cast, which converts them itself. */
static bool keeps_type(oct_op op)
{
    static const oct_op movers[] = {
        OCT_OP_CAST,   OCT_OP_IDENTITY, OCT_OP_CONCAT,  OCT_OP_SPLIT,           OCT_OP_SLICE,          OCT_OP_PAD,
        OCT_OP_FLATTEN, OCT_OP_RESHAPE, OCT_OP_SQUEEZE, OCT_OP_UNSQUEEZE,       OCT_OP_TRANSPOSE,      OCT_OP_EXPAND,
        OCT_OP_TILE,   OCT_OP_GATHER,   OCT_OP_GATHER_ELEMENTS, OCT_OP_DEPTH_TO_SPACE, OCT_OP_SPACE_TO_DEPTH,
        OCT_OP_WHERE,  OCT_OP_SHAPE,    OCT_OP_SIZE,
    };
    for (size_t i = 0; i < OCT_COUNT(movers); i++)
        if (movers[i] == op)
            return true;
    return false;
}

/* New value `out` = Cast(in) to `to`. */
static octet_status add_cast(oct_graph *g, oct_value_id in, oct_value_id out, octet_dtype to, octet_error *err)
{
    oct_cast_params *p = oct_graph_params(g, sizeof *p);
    if (!p)
        return oct_fail_memory(err, "a cast", sizeof *p);
    p->to = to;
    p->saturate = true;
    g->values[out].dtype = to;
    const char *name = oct_arena_printf(&g->arena, "%s.cast", g->values[out].name);
    oct_node_id id;
    return name ? oct_graph_add_node(g, &id, OCT_OP_CAST, name, "Cast", &in, 1, &out, 1, p, err)
                : oct_fail_memory(err, "a cast", 64);
}

/* narrow[v]: the float32 twin of value v, made once. */
static octet_status widen_inputs(oct_graph *g, oct_node_id n, oct_value_id *narrow, octet_error *err)
{
    for (int i = 0; i < g->nodes[n].n_in; i++) {
        oct_value_id v = g->nodes[n].in[i];
        if (v == OCT_NONE || !is_wide(g->values[v].dtype))
            continue;
        if (narrow[v] == OCT_NONE) {
            oct_value_id twin;
            OCT_TRY(oct_graph_add_like(g, &twin, v, ".f32", err));
            OCT_TRY(add_cast(g, v, twin, OCTET_F32, err));
            narrow[v] = twin;
        }
        g->nodes[n].in[i] = narrow[v];
    }
    return OCTET_OK;
}

static octet_status widen_outputs(oct_graph *g, oct_node_id n, oct_value_id *narrow, octet_error *err)
{
    for (int i = 0; i < g->nodes[n].n_out; i++) {
        oct_value_id v = g->nodes[n].out[i];
        if (v == OCT_NONE || !is_wide(g->values[v].dtype))
            continue;
        oct_value_id twin;
        OCT_TRY(oct_graph_add_like(g, &twin, v, ".f32", err));
        g->values[twin].dtype = OCTET_F32;
        g->values[twin].producer = n;
        g->nodes[n].out[i] = twin;
        OCT_TRY(add_cast(g, twin, v, g->values[v].dtype, err));
        /* later nodes take the float32 value itself, unrounded only where the type was double */
        if (g->values[v].dtype == OCTET_F64)
            narrow[v] = twin;
    }
    return OCTET_OK;
}

octet_status oct_pass_widen(oct_graph *g, const oct_pass_env *env, octet_error *err)
{
    (void)env;
    int32_t n_values = g->n_values, n_nodes = g->n_nodes;
    oct_value_id *narrow = oct_malloc(((size_t)n_values + 1) * sizeof *narrow);
    if (!narrow)
        return oct_fail_memory(err, "casts", (unsigned long long)n_values * sizeof *narrow);
    for (int32_t i = 0; i < n_values; i++)
        narrow[i] = OCT_NONE;
    octet_status status = OCTET_OK;
    for (oct_node_id i = 0; i < n_nodes && status == OCTET_OK; i++) {
        if (g->nodes[i].dead || keeps_type(g->nodes[i].op))
            continue;
        status = widen_inputs(g, i, narrow, err);
        if (status == OCTET_OK)
            status = widen_outputs(g, i, narrow, err);
    }
    oct_free(narrow);
    return status;
}
