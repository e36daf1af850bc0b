/* Building and editing the graph: growable arrays of values and nodes on the heap, everything else in the arena.
 * SPDX-License-Identifier: Apache-2.0 */
#include "graph/graph.h"

#include <assert.h>
#include <string.h>

#include "base/mem.h"

#define FIRST_CAP 64
#define MAX_CAP (1 << 28) /* far above any file, far below an int32 overflow */

void oct_graph_init(oct_graph *g)
{
    *g = (oct_graph){.name = ""};
}

void oct_graph_fini(oct_graph *g)
{
    oct_file_unmap(&g->file);
    for (int32_t i = 0; i < g->n_external; i++)
        oct_file_unmap(&g->external[i]);
    oct_free(g->values);
    oct_free(g->nodes);
    oct_arena_fini(&g->arena);
    *g = (oct_graph){0};
}

/* Room for one more element of `size` bytes in *array. */
static octet_status reserve(void **array, int32_t n, int32_t *cap, size_t size, const char *what, octet_error *err)
{
    if (n < *cap)
        return OCTET_OK;
    int32_t wanted = *cap ? *cap * 2 : FIRST_CAP;
    size_t n_bytes;
    if (wanted > MAX_CAP || OCT_MUL_OVERFLOWS((size_t)wanted, size, &n_bytes))
        return oct_fail(err, OCTET_NO_MEMORY, "a graph has more than %d %s", n, what);
    void *grown = oct_realloc(*array, n_bytes);
    if (!grown)
        return oct_fail_memory(err, what, n_bytes);
    *array = grown;
    *cap = wanted;
    return OCTET_OK;
}

static octet_status no_arena(octet_error *err, size_t n_bytes)
{
    return oct_fail_memory(err, "the graph", n_bytes);
}

/* Append a value that takes `name` over (NULL: out of memory). */
static octet_status push_value(oct_graph *g, oct_value_id *out, char *name, octet_error *err)
{
    if (!name)
        return no_arena(err, 64);
    void *array = g->values;
    OCT_TRY(reserve(&array, g->n_values, &g->cap_values, sizeof *g->values, "values", err));
    g->values = array;
    oct_value *v = &g->values[g->n_values];
    *v = (oct_value){.name = name, .rank = -1, .producer = OCT_NONE};
    for (int i = 0; i < OCTET_MAX_RANK; i++)
        v->dims[i] = -1;
    *out = g->n_values++;
    return OCTET_OK;
}

octet_status oct_graph_add_value(oct_graph *g, oct_value_id *out, const char *name, octet_error *err)
{
    char *copy = name ? oct_arena_strdup(&g->arena, name) : oct_arena_printf(&g->arena, "#%d", g->n_values);
    return push_value(g, out, copy, err);
}

octet_status oct_graph_add_like(oct_graph *g, oct_value_id *out, oct_value_id like, const char *suffix,
                                octet_error *err)
{
    const char *name = oct_graph_value(g, like)->name;
    OCT_TRY(push_value(g, out, oct_arena_printf(&g->arena, "%s%s", name, suffix), err));
    const oct_value *from = oct_graph_value(g, like); /* push_value may have moved it */
    oct_value *to = oct_graph_value(g, *out);
    to->dtype = from->dtype;
    to->rank = from->rank;
    to->layout = from->layout;
    memcpy(to->dims, from->dims, sizeof to->dims);
    memcpy(to->dim_names, from->dim_names, sizeof to->dim_names);
    return OCTET_OK;
}

octet_status oct_graph_add_const(oct_graph *g, oct_value_id *out, const char *name, octet_dtype dtype, int rank,
                                 const int64_t *dims, const void *data, bool copy, octet_error *err)
{
    int64_t n_elems;
    assert(rank >= 0 && rank <= OCTET_MAX_RANK);
    if (!oct_shape_elems(dims, rank, &n_elems))
        return oct_fail(err, OCTET_NO_MEMORY, "constant '%s' is too large", name ? name : "");
    size_t n_bytes = (size_t)n_elems * octet_dtype_size(dtype);
    const void *kept = data;
    if (copy || n_bytes == 0) {
        void *mine = oct_arena_alloc(&g->arena, n_bytes);
        if (!mine)
            return no_arena(err, n_bytes);
        if (n_bytes)
            memcpy(mine, data, n_bytes);
        kept = mine;
    }
    OCT_TRY(oct_graph_add_value(g, out, name, err));
    oct_value *v = oct_graph_value(g, *out);
    v->dtype = dtype;
    v->rank = rank;
    if (rank)
        memcpy(v->dims, dims, (size_t)rank * sizeof *dims);
    v->data = kept;
    return OCTET_OK;
}

static oct_value_id *copy_ids(oct_graph *g, const oct_value_id *ids, int n)
{
    oct_value_id *copy = oct_arena_array(&g->arena, (size_t)n, sizeof *copy);
    if (copy && n)
        memcpy(copy, ids, (size_t)n * sizeof *copy);
    return copy;
}

/* Name of a node that has none: that of its first output. */
static const char *made_up_name(const oct_graph *g, const oct_value_id *out, int n_out)
{
    for (int i = 0; i < n_out; i++)
        if (out[i] != OCT_NONE)
            return g->values[out[i]].name;
    return "";
}

octet_status oct_graph_add_node(oct_graph *g, oct_node_id *out, oct_op op, const char *name, const char *onnx_op,
                                const oct_value_id *in, int n_in, const oct_value_id *value_out, int n_out,
                                void *params, octet_error *err)
{
    void *array = g->nodes;
    OCT_TRY(reserve(&array, g->n_nodes, &g->cap_nodes, sizeof *g->nodes, "nodes", err));
    g->nodes = array;
    if (!name || !*name)
        name = made_up_name(g, value_out, n_out);
    oct_node n = {.op = op, .n_in = n_in, .n_out = n_out, .params = params};
    n.name = oct_arena_strdup(&g->arena, name);
    n.onnx_op = oct_arena_strdup(&g->arena, onnx_op ? onnx_op : oct_op_get_info(op)->onnx_name);
    n.in = copy_ids(g, in, n_in);
    n.out = copy_ids(g, value_out, n_out);
    if (!n.name || !n.onnx_op || !n.in || !n.out)
        return no_arena(err, (size_t)(n_in + n_out) * sizeof *in);
    for (int i = 0; i < n_out; i++)
        if (value_out[i] != OCT_NONE)
            g->values[value_out[i]].producer = g->n_nodes;
    g->nodes[g->n_nodes] = n;
    if (out)
        *out = g->n_nodes;
    g->n_nodes++;
    return OCTET_OK;
}

void *oct_graph_params(oct_graph *g, size_t n)
{
    return oct_arena_alloc(&g->arena, n);
}

void oct_graph_replace_uses(oct_graph *g, oct_value_id from, oct_value_id to)
{
    for (int32_t i = 0; i < g->n_nodes; i++)
        for (int32_t j = 0; j < g->nodes[i].n_in; j++)
            if (g->nodes[i].in[j] == from)
                g->nodes[i].in[j] = to;
    for (int32_t i = 0; i < g->n_outputs; i++) {
        if (g->outputs[i] != from)
            continue;
        g->outputs[i] = to;
        g->values[from].is_output = false;
        g->values[to].is_output = true;
    }
}

int oct_graph_count_uses(const oct_graph *g, oct_value_id v)
{
    int n = 0;
    for (int32_t i = 0; i < g->n_nodes; i++)
        for (int32_t j = 0; !g->nodes[i].dead && j < g->nodes[i].n_in; j++)
            n += g->nodes[i].in[j] == v;
    for (int32_t i = 0; i < g->n_outputs; i++)
        n += g->outputs[i] == v;
    return n;
}

void oct_graph_uses(const oct_graph *g, int32_t *uses)
{
    memset(uses, 0, (size_t)g->n_values * sizeof *uses);
    for (int32_t i = 0; i < g->n_nodes; i++)
        for (int32_t j = 0; !g->nodes[i].dead && j < g->nodes[i].n_in; j++)
            if (g->nodes[i].in[j] != OCT_NONE)
                uses[g->nodes[i].in[j]]++;
    for (int32_t i = 0; i < g->n_outputs; i++)
        uses[g->outputs[i]]++;
}

oct_value *oct_graph_value(const oct_graph *g, oct_value_id v)
{
    assert(v == OCT_NONE || (v >= 0 && v < g->n_values));
    return v == OCT_NONE ? NULL : &g->values[v];
}

oct_node *oct_graph_producer(const oct_graph *g, oct_value_id v)
{
    const oct_value *value = oct_graph_value(g, v);
    return value && value->producer != OCT_NONE ? &g->nodes[value->producer] : NULL;
}

oct_value *oct_node_in(const oct_graph *g, const oct_node *n, int i)
{
    return i < n->n_in ? oct_graph_value(g, n->in[i]) : NULL;
}

oct_value *oct_node_out(const oct_graph *g, const oct_node *n, int i)
{
    return i < n->n_out ? oct_graph_value(g, n->out[i]) : NULL;
}
