/* Elementwise operators between one 8-bit tensor and a QuantizeLinear: a function of one byte, so a table of 256. It is made by
 * computing the very nodes on all 256 bytes, as constants are folded: their bits, at every level. Tables in front of them
 * join: x * sigmoid(x) becomes one, even where sigmoid(x) is quantized in between.
 * SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "graph/shape.h"
#include "passes/qdq.h"

#define MOST_NODES 32 /* that one table stands for */

bool oct_qdq_is_elementwise(oct_op op)
{
    switch (op) {
    case OCT_OP_RELU: case OCT_OP_LEAKY_RELU: case OCT_OP_PRELU: case OCT_OP_ELU: case OCT_OP_SELU: case OCT_OP_CELU:
    case OCT_OP_CLIP: case OCT_OP_HARD_SIGMOID: case OCT_OP_HARD_SWISH: case OCT_OP_SIGMOID: case OCT_OP_SOFTPLUS:
    case OCT_OP_SOFTSIGN: case OCT_OP_MISH: case OCT_OP_TANH: case OCT_OP_GELU: case OCT_OP_GELU_MS:
    case OCT_OP_THRESHOLDED_RELU: case OCT_OP_ERF: case OCT_OP_EXP: case OCT_OP_LOG: case OCT_OP_SQRT: case OCT_OP_ABS:
    case OCT_OP_NEG: case OCT_OP_RECIPROCAL: case OCT_OP_FLOOR: case OCT_OP_CEIL: case OCT_OP_ROUND: case OCT_OP_SIGN:
    case OCT_OP_IDENTITY: case OCT_OP_ADD: case OCT_OP_SUB: case OCT_OP_MUL: case OCT_OP_DIV: case OCT_OP_POW:
    case OCT_OP_MIN: case OCT_OP_MAX: case OCT_OP_SUM: case OCT_OP_MEAN:
        return true;
    default:
        return false;
    }
}

/* A value computed on all 256 bytes. */
typedef struct column {
    oct_value_id of, on_bytes;
} column;

typedef struct tabulation {
    oct_qdq *f;
    oct_value_id x;   /* the one tensor that all depends on; OCT_NONE: not met yet */
    int n_nodes;      /* visited */
    column done[MOST_NODES + 1];
    int n_done;
} tabulation;

static bool is_inner(const oct_node *n)
{
    return oct_qdq_is_elementwise(n->op) || oct_qdq_is_dequantize(n) || oct_qdq_is_quantize(n) || n->op == OCT_OP_TABLE;
}

static bool find_source(tabulation *t, oct_value_id id);

static bool inputs_have_source(tabulation *t, const oct_node *n)
{
    if (++t->n_nodes > MOST_NODES || n->n_out != 1)
        return false;
    for (int i = 0; i < n->n_in; i++)
        if (n->in[i] != OCT_NONE && !(n->op == OCT_OP_TABLE && i == 1) && !find_source(t, n->in[i]))
            return false;
    return true;
}

/* Whether the value depends on nothing but t->x (found on the way) and single numbers. */
static bool find_source(tabulation *t, oct_value_id id)
{
    const oct_graph *g = t->f->g;
    const oct_value *v = oct_graph_value(g, id);
    const oct_node *n = oct_graph_producer(g, id);
    if (v->data)
        return oct_value_elems(v) == 1;
    const bool byte = v->dtype == OCTET_U8 || v->dtype == OCTET_I8;
    if (n && !n->dead && is_inner(n) && !(byte && n->op != OCT_OP_TABLE))
        return inputs_have_source(t, n);
    if (!byte || (t->x != OCT_NONE && t->x != id))
        return false;
    t->x = id;
    return true;
}

/* ---- computing ---- */

static octet_status on_bytes(tabulation *t, oct_value_id id, oct_value_id *out);

/* A copy of node `id` on the 256 bytes, computed at once. *out = OCT_NONE if that cannot be. */
static octet_status compute(tabulation *t, oct_node_id id, oct_value_id *out)
{
    oct_graph *g = t->f->g;
    const oct_node n = g->nodes[id];
    oct_value_id *in = oct_arena_array(&g->arena, (size_t)n.n_in, sizeof *in);
    if (!in)
        return oct_fail_memory(t->f->err, "a table", (unsigned long long)n.n_in * sizeof *in);
    for (int i = 0; i < n.n_in; i++) {
        in[i] = n.in[i];
        if (n.in[i] != OCT_NONE)
            OCT_TRY(on_bytes(t, n.in[i], &in[i]));
        if (n.in[i] != OCT_NONE && in[i] == OCT_NONE)
            return *out = OCT_NONE, OCTET_OK;
    }
    oct_node_id copy;
    oct_value_id y;
    OCT_TRY(oct_graph_add_value(g, &y, NULL, t->f->err));
    OCT_TRY(oct_graph_add_node(g, &copy, n.op, n.name, n.onnx_op, in, n.n_in, &y, 1, n.params, t->f->err));
    octet_status status = oct_infer_node(g, &g->nodes[copy], t->f->err);
    if (status == OCTET_OK)
        status = t->f->env->evaluate(t->f->env->context, g, &g->nodes[copy], t->f->err);
    g->nodes[copy].dead = true;
    g->values[y].producer = OCT_NONE;
    *out = status == OCTET_OK ? y : OCT_NONE;
    return status == OCTET_UNSUPPORTED ? OCTET_OK : status;
}

static octet_status all_bytes(oct_qdq *f, octet_dtype dtype, oct_value_id *out)
{
    const int64_t n = 256;
    uint8_t bytes[256];
    for (int i = 0; i < 256; i++)
        bytes[i] = (uint8_t)i;
    return oct_graph_add_const(f->g, out, NULL, dtype, 1, &n, bytes, true, f->err);
}

/* The value as a constant of 256, or itself if it is a single number. */
static octet_status on_bytes(tabulation *t, oct_value_id id, oct_value_id *out)
{
    oct_graph *g = t->f->g;
    *out = id;
    if (id != t->x && oct_graph_value(g, id)->data)
        return OCTET_OK;
    for (int i = 0; i < t->n_done; i++)
        if (t->done[i].of == id)
            return *out = t->done[i].on_bytes, OCTET_OK;
    if (id == t->x)
        OCT_TRY(all_bytes(t->f, oct_graph_value(g, id)->dtype, out));
    else
        OCT_TRY(compute(t, oct_graph_value(g, id)->producer, out));
    t->done[t->n_done++] = (column){id, *out};
    return OCTET_OK;
}

/* ---- the node ---- */

static bool same_shape(const oct_value *a, const oct_value *b)
{
    return a->rank == b->rank && memcmp(a->dims, b->dims, (size_t)a->rank * sizeof *a->dims) == 0;
}

/* The operators' names, the last one first met: "Table of Mul+Sigmoid" stays short. */
static const char *describe(oct_graph *g, const oct_node *quantize)
{
    const oct_node *n = oct_graph_producer(g, quantize->in[0]);
    return n && !oct_qdq_is_dequantize(n) ? oct_arena_printf(&g->arena, "Table+%s", n->onnx_op) : "Table";
}

/* The quantizer becomes the Table node, or nothing where the table changes no byte. */
static octet_status put_table(oct_qdq *f, oct_node_id id, oct_value_id x, oct_value_id table)
{
    oct_graph *g = f->g;
    const oct_node *quantize = &g->nodes[id], *core = oct_graph_producer(g, quantize->in[0]);
    const oct_value_id y = quantize->out[0], in[] = {x, table};
    const uint8_t *bytes = g->values[table].data;
    bool same = g->values[x].dtype == g->values[y].dtype;
    for (int i = 0; i < 256; i++)
        same = same && bytes[i] == i;
    const char *name = core ? core->name : quantize->name, *text = same ? "Identity" : describe(g, quantize);
    if (!text)
        return oct_fail_memory(f->err, "the name of a table", 64);
    g->nodes[id].dead = true;
    return oct_graph_add_node(g, NULL, same ? OCT_OP_IDENTITY : OCT_OP_TABLE, name, text, in, same ? 1 : 2, &y, 1, NULL, f->err);
}

octet_status oct_qdq_tabulate(oct_qdq *f, oct_node_id id, bool *done)
{
    tabulation t = {.f = f, .x = OCT_NONE};
    const oct_node *quantize = &f->g->nodes[id];
    const oct_value_id y = quantize->out[0], real = quantize->in[0];
    oct_value_id bytes, table;
    *done = false;
    if (octet_dtype_size(oct_graph_value(f->g, y)->dtype) != 1 || !find_source(&t, real) || t.x == OCT_NONE ||
        !same_shape(oct_graph_value(f->g, t.x), oct_graph_value(f->g, y)))
        return OCTET_OK;
    OCT_TRY(on_bytes(&t, real, &bytes));
    if (bytes == OCT_NONE)
        return OCTET_OK;
    OCT_TRY(compute(&t, id, &bytes));
    if (bytes == OCT_NONE)
        return OCTET_OK;
    const int64_t n = 256;
    OCT_TRY(oct_graph_add_const(f->g, &table, NULL, oct_graph_value(f->g, y)->dtype, 1, &n,
                                oct_graph_value(f->g, bytes)->data, false, f->err));
    *done = true;
    return put_table(f, id, t.x, table);
}
