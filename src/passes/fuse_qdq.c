/* DequantizeLinear -> operator -> QuantizeLinear becomes the operator's integer form (qdq_forms.c lists them, qdq_table.c
 * takes chains of elementwise operators). What the file means is that arithmetic; the float detour only approximates it, and
 * a value near a tie then rounds the other way. Relu and Clip in between go if the rounding to 8 or 16 bits saturates at
 * their bounds anyway; else the operator is quantized in front of them, which is the same, and a table clips. Runs before constants
 * are folded, while the weights' DequantizeLinear still stand. What stays in float gets its reason.
 * SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "passes/qdq.h"

/* ---- Relu and Clip in front of the quantizer ---- */

static bool clip_bound(const oct_graph *g, const oct_node *n, int i, float *bound)
{
    const oct_value *v = oct_node_in(g, n, i);
    if (v && v->data)
        *bound = (float)oct_const_float(v, 0);
    return !v || v->data;
}

/* Whether n is a Relu or Clip with known bounds. */
static bool is_clamp(const oct_graph *g, const oct_node *n, float *lo, float *hi)
{
    *lo = -INFINITY;
    *hi = INFINITY;
    if (n->op == OCT_OP_RELU)
        *lo = 0;
    return n->op == OCT_OP_RELU || (n->op == OCT_OP_CLIP && clip_bound(g, n, 1, lo) && clip_bound(g, n, 2, hi));
}

/* ---- one quantizer ---- */

/* The operator in front of quantizer `id`, and the clamp between them or NULL. */
typedef struct place {
    oct_node_id id;
    oct_quantized y;
    oct_node *core, *clamp;
    bool idle; /* the clamp does nothing that y's type does not do */
} place;

static void find_core(const oct_qdq *f, place *p)
{
    const oct_node *quantize = &f->g->nodes[p->id];
    float lo, hi;
    p->core = oct_qdq_sole_producer(f, quantize, 0);
    if (!p->core || !is_clamp(f->g, p->core, &lo, &hi))
        return;
    p->clamp = p->core;
    p->idle = oct_qdq_saturates(f->g, &p->y, lo, hi);
    p->core = oct_qdq_sole_producer(f, p->clamp, 0);
}

/* The clamp reads what the operator's own quantizer gives: clamping is monotone, so the order does not matter. */
static octet_status clamp_behind(oct_qdq *f, const place *p, oct_value_id before, const oct_node *clamp)
{
    oct_quantized x = p->y;
    oct_value_id real;
    const oct_node_id id = (oct_node_id)(clamp - f->g->nodes);
    bool done;
    x.q = before;
    OCT_TRY(oct_graph_add_like(f->g, &real, clamp->in[0], ".clamped", f->err));
    OCT_TRY(oct_qdq_dequantize(f, &x, real, f->g->nodes[id].name));
    f->g->nodes[id].in[0] = real;
    return oct_qdq_tabulate(f, p->id, &done);
}

/* The nodes of the place become the one node that `form` describes. */
static octet_status replace(oct_qdq *f, const place *p, const oct_integer *form)
{
    oct_graph *g = f->g;
    const char *clamp = p->clamp && p->idle ? p->clamp->onnx_op : NULL, *name = form->conv ? form->conv->name : p->core->name;
    const char *text = oct_arena_printf(&g->arena, "%s%s%s%s", oct_op_get_info(form->op)->onnx_name,
                                        form->conv ? "+Add" : "", clamp ? "+" : "", clamp ? clamp : "");
    if (!text)
        return oct_fail_memory(f->err, "a fused node", 64);
    p->core->dead = true;
    if (form->conv)
        form->conv->dead = true;
    if (p->clamp && p->idle)
        p->clamp->dead = true;
    if (!p->clamp || p->idle)
        g->nodes[p->id].dead = true;
    return oct_graph_add_node(g, NULL, form->op, name, text, form->in, form->n_in, &form->y, 1, form->params, f->err);
}

static octet_status try_form(oct_qdq *f, place *p)
{
    const oct_qdq_form *how = p->core ? oct_qdq_find_form(p->core->op) : NULL;
    const bool clamps = p->clamp && !p->idle;
    if (!how)
        return OCTET_OK;
    const oct_node_id core = (oct_node_id)(p->core - f->g->nodes), clamp = p->clamp ? (oct_node_id)(p->clamp - f->g->nodes) : 0;
    oct_quantized y = p->y;
    if (clamps)
        OCT_TRY(oct_qdq_new_value(f, &y.q, &p->y, p->y.q));
    oct_integer form = {.y = y.q};
    OCT_TRY(how->make(f, p->core, y, &form));
    p->core = &f->g->nodes[core]; /* the array may have grown */
    p->clamp = p->clamp ? &f->g->nodes[clamp] : NULL;
    if (form.n_in == 0) {
        p->core->why_float = p->core->why_float ? p->core->why_float : f->why; /* constants are folded the second time */
        if (form.conv && !form.conv->why_float)
            form.conv->why_float = p->core->why_float;
        return OCTET_OK;
    }
    OCT_TRY(replace(f, p, &form));
    return clamps ? clamp_behind(f, p, y.q, &f->g->nodes[clamp]) : OCTET_OK;
}

/* 16 bits, dequantized and quantized again with the same scale: n * scale / scale, both rounded, is nearer to n than to any
 * other integer below 2^17. (8 bits: a table finds that.) */
static bool is_round_trip(const oct_qdq *f, const place *p, oct_quantized *x)
{
    const oct_node *quantize = &f->g->nodes[p->id];
    return oct_qdq_is_words(f->g, &p->y) && oct_qdq_activation(f->g, quantize->in[0], x) &&
           oct_qdq_same(f->g, x, &p->y) && oct_qdq_scale(f->g, x) > 0 && oct_qdq_scale(f->g, x) < 1e30f;
}

static octet_status skip_round_trip(oct_qdq *f, const place *p, const oct_quantized *x)
{
    oct_node *quantize = &f->g->nodes[p->id];
    quantize->dead = true;
    return oct_graph_add_node(f->g, NULL, OCT_OP_IDENTITY, quantize->name, "Identity", &x->q, 1, &p->y.q, 1, NULL, f->err);
}

static octet_status try_quantizer(oct_qdq *f, oct_node_id id)
{
    place p = {.id = id};
    oct_quantized x;
    bool done;
    if (!oct_qdq_quantizer(f->g, &f->g->nodes[id], &p.y))
        return OCTET_OK;
    if (is_round_trip(f, &p, &x))
        return skip_round_trip(f, &p, &x);
    OCT_TRY(oct_qdq_tabulate(f, id, &done));
    if (done)
        return OCTET_OK;
    find_core(f, &p);
    return try_form(f, &p);
}

/* ---- products whose result nobody quantizes: the integer sum, and a DequantizeLinear of it ---- */

/* Scales of the sum: x_scale * w_scale[o], in float32. */
static octet_status sum_scale(oct_qdq *f, const oct_integer *form, oct_value_id *out)
{
    const oct_value *x = oct_graph_value(f->g, form->in[1]), *w = oct_graph_value(f->g, form->in[4]);
    int64_t n = oct_value_elems(w);
    float *scale = oct_arena_array(&f->g->arena, (size_t)n, sizeof *scale);
    if (!scale)
        return oct_fail_memory(f->err, "scales", (unsigned long long)n * sizeof *scale);
    for (int64_t o = 0; o < n; o++)
        scale[o] = (float)oct_const_float(x, 0) * (float)oct_const_float(w, o);
    return oct_graph_add_const(f->g, out, NULL, OCTET_F32, n == 1 ? 0 : 1, &n, scale, false, f->err);
}

static octet_status write_float(oct_qdq *f, oct_node_id id, const oct_integer *form)
{
    oct_graph *g = f->g;
    const char *name = g->nodes[id].name;
    oct_value_id in[2], y = g->nodes[id].out[0];
    oct_quant_params *p = oct_graph_params(g, sizeof *p);
    if (!p)
        return oct_fail_memory(f->err, "a DequantizeLinear", sizeof *p);
    p->axis = 1;
    OCT_TRY(sum_scale(f, form, &in[1]));
    OCT_TRY(oct_graph_add_like(g, &in[0], y, ".sum", f->err));
    oct_graph_value(g, in[0])->dtype = OCTET_I32;
    g->nodes[id].dead = true;
    OCT_TRY(oct_graph_add_node(g, NULL, form->op, name, oct_op_get_info(form->op)->onnx_name, form->in, form->n_in, in, 1,
                               form->params, f->err));
    return oct_graph_add_node(g, NULL, OCT_OP_DEQUANTIZE_LINEAR, name, NULL, in, 2, &y, 1, p, f->err);
}

static octet_status try_float_result(oct_qdq *f, oct_node_id id)
{
    const oct_quantized none = {.q = OCT_NONE, .scale = OCT_NONE, .zero = OCT_NONE};
    oct_integer form = {.n_in = 0};
    if (f->g->nodes[id].op != OCT_OP_GEMM || f->g->nodes[id].why_float)
        return OCTET_OK;
    OCT_TRY(oct_qdq_gemm(f, &f->g->nodes[id], none, &form));
    if (form.n_in > 0)
        return write_float(f, id, &form);
    f->g->nodes[id].why_float = f->why;
    return OCTET_OK;
}

/* ---- reasons ---- */

static bool is_quantized_graph(const oct_graph *g)
{
    for (oct_node_id i = 0; i < g->n_nodes; i++)
        if (!g->nodes[i].dead && (oct_qdq_is_dequantize(&g->nodes[i]) || oct_op_is_integer(g->nodes[i].op)))
            return true;
    return false;
}

/* Why a node computes in float though the graph is quantized. */
static const char *reason(const oct_graph *g, const oct_node *n)
{
    oct_quantized x;
    if (!oct_qdq_activation(g, n->in[0], &x))
        return "its input does not come from 8 or 16 bits with one scale";
    if (!oct_qdq_find_form(n->op) && !oct_qdq_is_elementwise(n->op))
        return "this operator has no integer form";
    return "its result is not quantized, or read by others too";
}

static void explain(const oct_graph *g)
{
    for (oct_node_id i = 0; i < g->n_nodes; i++) {
        oct_node *n = &g->nodes[i];
        const oct_value *y = n->n_out > 0 ? oct_node_out(g, n, 0) : NULL;
        if (!n->dead && !n->why_float && y && y->dtype == OCTET_F32 && n->n_in > 0 && n->in[0] != OCT_NONE &&
            !oct_qdq_is_dequantize(n) && !oct_op_is_integer(n->op))
            n->why_float = reason(g, n);
    }
}

octet_status oct_pass_fuse_qdq(oct_graph *g, const oct_pass_env *env, octet_error *err)
{
    oct_qdq f;
    if (!env->integers || !is_quantized_graph(g))
        return OCTET_OK;
    OCT_TRY(oct_qdq_begin(&f, g, env, err));
    octet_status status = OCTET_OK;
    const oct_node_id n = g->n_nodes;
    for (oct_node_id i = 0; i < n && status == OCTET_OK; i++)
        if (!g->nodes[i].dead)
            status = try_quantizer(&f, i);
    for (oct_node_id i = 0; i < n && status == OCTET_OK; i++)
        if (!g->nodes[i].dead)
            status = try_float_result(&f, i);
    oct_qdq_end(&f);
    if (status == OCTET_OK)
        explain(g);
    return status;
}
