/* Which tensors of a float model become 8-bit.
 *
 * Convolutions and products with known weights ask for 8 bits in and out. What stands between them follows: Add, Mul,
 * Concat, pools, and whatever only moves elements. A chain of elementwise operators on one tensor is a function of a byte: only
 * its last result gets a quantizer, and only if an integer operator reads it. An activation right behind a product has no
 * quantizer in front of it if clamping to 8 bits does its work. Tensors that differ by a move share one scale, and so do
 * the inputs of a Concat that nobody else reads and its result: nothing is rounded twice there. Nor is a convolution's result
 * that only an Add reads, where the convolution can add.
 * SPDX-License-Identifier: Apache-2.0 */
#include "passes/quantize.h"

#include <string.h>

#include "passes/qdq.h"

typedef enum kind {
    KIND_OTHER = 0, /* no integer form, but as a function of one tensor */
    KIND_PRODUCT,
    KIND_JOIN,      /* several inputs or an average: a range of its own */
    KIND_MOVE       /* the result's elements are elements of the first input, or 0 */
} kind;

static kind kind_of(oct_op op)
{
    switch (op) {
    case OCT_OP_CONV: case OCT_OP_GEMM: case OCT_OP_MATMUL:
        return KIND_PRODUCT;
    case OCT_OP_ADD: case OCT_OP_SUB: case OCT_OP_MUL: case OCT_OP_CONCAT: case OCT_OP_AVERAGE_POOL:
    case OCT_OP_GLOBAL_AVERAGE_POOL: case OCT_OP_REDUCE_MEAN:
        return KIND_JOIN; /* the first three are functions where they compute on one tensor */
    case OCT_OP_MAX_POOL: case OCT_OP_GLOBAL_MAX_POOL: case OCT_OP_RESHAPE: case OCT_OP_FLATTEN: case OCT_OP_SQUEEZE:
    case OCT_OP_UNSQUEEZE: case OCT_OP_TRANSPOSE: case OCT_OP_SLICE: case OCT_OP_SPLIT: case OCT_OP_PAD:
    case OCT_OP_DEPTH_TO_SPACE: case OCT_OP_SPACE_TO_DEPTH: case OCT_OP_RESIZE:
        return KIND_MOVE;
    default:
        return KIND_OTHER;
    }
}

typedef struct planner {
    oct_graph *g;
    oct_quant_plan *p;
    bool *in_front;      /* [n_nodes] goes into the layer that takes the pixels */
    oct_node_id *reader; /* [n_values] a node that reads the value */
    oct_value_id *source;/* [n_values] the quantized tensor that the value is an elementwise function of; OCT_NONE */
} planner;

static bool is_activation(const oct_value *v)
{
    return v && !v->data && v->dtype == OCTET_F32 && oct_value_elems(v) > 0;
}

/* Inputs that carry the values computed on: all of Add, Concat and their like, else the first. */
static int n_data_inputs(const oct_node *n)
{
    return n->op == OCT_OP_ADD || n->op == OCT_OP_SUB || n->op == OCT_OP_MUL || n->op == OCT_OP_CONCAT ? n->n_in : 1;
}

/* ---- may a node compute on 8 bits? ---- */

static bool pads_with_zero(const oct_graph *g, const oct_node *n)
{
    const oct_value *v = oct_node_in(g, n, 2);
    return ((const oct_pad_params *)n->params)->mode != OCT_PAD_CONSTANT || !v ||
           (v->data && oct_value_elems(v) == 1 && oct_const_float(v, 0) == 0);
}

/* Of what is no product and no function of one tensor: why it has no integer form, or NULL. */
static const char *refuse(const planner *f, const oct_node *n, kind k)
{
    if (k != KIND_JOIN && k != KIND_MOVE)
        return "the operator has no integer form";
    for (int i = 0; i < n_data_inputs(n); i++)
        if (!is_activation(oct_node_in(f->g, n, i)))
            return "an operand is constant or not float32";
    for (int i = 0; i < n->n_out; i++)
        if (n->out[i] != OCT_NONE && !is_activation(oct_node_out(f->g, n, i)))
            return "a result is not float32";
    if (n->op == OCT_OP_PAD && !pads_with_zero(f->g, n))
        return "it pads with another number than 0";
    if (n->op == OCT_OP_RESIZE && ((const oct_resize_params *)n->params)->mode != OCT_RESIZE_NEAREST)
        return "the operator has no integer form";
    return NULL;
}

/* ---- functions of one tensor ---- */

static oct_value_id source_of(const planner *f, oct_value_id v)
{
    return f->p->quantized[v] ? v : f->source[v];
}

static bool same_shape(const oct_value *a, const oct_value *b)
{
    return a->rank == b->rank && memcmp(a->dims, b->dims, (size_t)a->rank * sizeof *a->dims) == 0;
}

/* The quantized tensor that an elementwise node computes on, and on single numbers besides; OCT_NONE: there is not one. */
static oct_value_id function_source(const planner *f, const oct_node *n)
{
    oct_value_id found = OCT_NONE;
    if (!oct_qdq_is_elementwise(n->op) || !is_activation(oct_node_out(f->g, n, 0)))
        return OCT_NONE;
    for (int i = 0; i < n->n_in; i++) {
        const oct_value *v = oct_node_in(f->g, n, i);
        if (!v || (v->data && oct_value_elems(v) == 1))
            continue;
        const oct_value_id source = v->data ? OCT_NONE : source_of(f, n->in[i]);
        if (source == OCT_NONE || (found != OCT_NONE && source != found))
            return OCT_NONE;
        found = source;
    }
    return found != OCT_NONE && same_shape(&f->g->values[found], oct_node_out(f->g, n, 0)) ? found : OCT_NONE;
}

/* ---- activations that vanish ---- */

static bool bound_is(const oct_graph *g, const oct_node *n, int i, int sign)
{
    const oct_value *v = oct_node_in(g, n, i);
    if (!v)
        return true;
    if (!v->data)
        return false;
    const double bound = oct_const_float(v, 0);
    return sign < 0 ? bound <= 0 : bound > 0;
}

/* The only reader of v, if it clamps to an interval around or from 0: quantizing what comes behind it clamps there too. */
static oct_node_id clamp_behind(const planner *f, oct_value_id v)
{
    if (f->p->uses[v] != 1 || f->g->values[v].is_output)
        return OCT_NONE;
    const oct_node_id id = f->reader[v];
    const oct_node *n = &f->g->nodes[id];
    const bool clamps = n->op == OCT_OP_RELU ||
                        (n->op == OCT_OP_CLIP && n->in[0] == v && bound_is(f->g, n, 1, -1) && bound_is(f->g, n, 2, 1));
    return clamps && is_activation(oct_node_out(f->g, n, 0)) ? id : OCT_NONE;
}

/* The result of an integer node gets a quantizer, behind its activation if that vanishes. */
static void quantize_result(planner *f, const oct_node *n)
{
    for (int i = 0; i < n->n_out; i++)
        if (n->out[i] != OCT_NONE)
            f->p->quantized[n->out[i]] = true;
    if (n->n_out != 1 || kind_of(n->op) == KIND_MOVE)
        return;
    const oct_node_id clamp = clamp_behind(f, n->out[0]);
    if (clamp == OCT_NONE)
        return;
    f->p->quantized[n->out[0]] = false;
    f->p->quantized[f->g->nodes[clamp].out[0]] = true;
    f->p->role[clamp] = OCT_QUANT_FOLLOWS;
}

/* ---- the walks ---- */

/* Who reads a value, and what has a product behind it. */
static void look_around(planner *f)
{
    for (oct_node_id i = f->g->n_nodes - 1; i >= 0; i--) {
        const oct_node *n = &f->g->nodes[i];
        bool behind = kind_of(n->op) == KIND_PRODUCT;
        for (int k = 0; k < n->n_out; k++)
            behind |= n->out[k] != OCT_NONE && f->p->product_behind[n->out[k]];
        for (int k = 0; k < n->n_in; k++) {
            if (n->in[k] == OCT_NONE)
                continue;
            f->p->product_behind[n->in[k]] |= behind;
            f->reader[n->in[k]] = i;
        }
    }
}

static void choose_products(planner *f)
{
    for (oct_node_id i = 0; i < f->g->n_nodes; i++) {
        const oct_node *n = &f->g->nodes[i];
        if (n->dead || kind_of(n->op) != KIND_PRODUCT || f->in_front[i])
            continue;
        const bool pixels = f->p->role[i] == OCT_QUANT_PIXELS;
        f->p->reason[i] = pixels ? NULL : oct_quant_weights_refuse(f->g, n);
        if (f->p->reason[i])
            continue;
        f->p->role[i] = pixels ? OCT_QUANT_PIXELS : OCT_QUANT_PRODUCT;
        if (!pixels)
            f->p->quantized[n->in[0]] = true;
        if (n->op == OCT_OP_CONV || f->p->product_behind[n->out[0]]) /* the scores of a last product need no 8 bits */
            quantize_result(f, n);
    }
}

/* What is only moved on its way to a quantizer is quantized before. */
static void go_back(planner *f)
{
    for (oct_node_id i = f->g->n_nodes - 1; i >= 0; i--) {
        const oct_node *n = &f->g->nodes[i];
        const kind k = n->dead || f->in_front[i] ? KIND_OTHER : kind_of(n->op);
        if (k == KIND_MOVE && f->p->quantized[n->out[0]] && !refuse(f, n, k))
            f->p->quantized[n->in[0]] = true;
    }
}

/* What the node reads is quantized or may be. */
static bool can_read(const planner *f, const oct_node *n)
{
    for (int i = 0; i < n_data_inputs(n); i++)
        if (source_of(f, n->in[i]) == OCT_NONE)
            return false;
    return true;
}

/* Whether input i of an addition of images is the result of an integer convolution that can add, and nobody reads else. */
static bool is_added(const planner *f, const oct_node *add, int i)
{
    const oct_value *y = oct_node_in(f->g, add, i), *sum = oct_node_out(f->g, add, 0);
    const oct_node *conv = oct_graph_producer(f->g, add->in[i]);
    return conv && conv->op == OCT_OP_CONV && f->p->role[conv - f->g->nodes] == OCT_QUANT_PRODUCT && f->p->uses[add->in[i]] == 1 &&
           !y->is_output && same_shape(y, sum) && same_shape(oct_node_in(f->g, add, 1 - i), sum) &&
           oct_fuse_fits_store(oct_node_in(f->g, conv, 1), y, conv->params, OCT_QUANT_MOST_BIAS);
}

/* The input of a node that needs no rounding of its own, -1 if all do: of two convolutions the later one adds. */
static int unrounded_input(const planner *f, const oct_node *n)
{
    const bool a = n->op == OCT_OP_ADD && is_added(f, n, 0), b = n->op == OCT_OP_ADD && is_added(f, n, 1);
    if (a && b)
        return f->g->values[n->in[0]].producer > f->g->values[n->in[1]].producer ? 0 : 1;
    return a ? 0 : b ? 1 : -1;
}

static void follow(planner *f, oct_node_id i)
{
    const oct_node *n = &f->g->nodes[i];
    const oct_value_id source = function_source(f, n);
    if (source != OCT_NONE && f->p->product_behind[n->out[0]]) {
        f->p->role[i] = OCT_QUANT_FOLLOWS;
        f->source[n->out[0]] = source;
        return;
    }
    f->p->reason[i] = source != OCT_NONE ? "no layer with weights comes behind it" : refuse(f, n, kind_of(n->op));
    if (!f->p->reason[i] && !can_read(f, n))
        f->p->reason[i] = "what it reads is not quantized";
    if (f->p->reason[i])
        return;
    f->p->role[i] = OCT_QUANT_FOLLOWS;
    const int unrounded = unrounded_input(f, n);
    for (int k = 0; k < n_data_inputs(n); k++)
        f->p->quantized[n->in[k]] = k != unrounded;
    quantize_result(f, n);
}

static void go_on(planner *f)
{
    for (oct_node_id i = 0; i < f->g->n_nodes; i++) {
        const oct_node *n = &f->g->nodes[i];
        if (!n->dead && !f->in_front[i] && kind_of(n->op) != KIND_PRODUCT && f->p->role[i] == OCT_QUANT_FLOAT)
            follow(f, i);
    }
}

/* ---- shared scales ---- */

oct_value_id oct_quant_root(const oct_quant_plan *p, oct_value_id v)
{
    while (p->same_as[v] != OCT_NONE)
        v = p->same_as[v];
    return v;
}

/* Where v's scale comes from, if nobody but one reader sees any tensor on the way; else OCT_NONE. */
static oct_value_id private_root(const planner *f, oct_value_id v)
{
    for (;;) {
        if (f->p->uses[v] != 1 || f->g->values[v].is_output || !f->p->quantized[v])
            return OCT_NONE;
        if (f->p->same_as[v] == OCT_NONE)
            return v;
        v = f->p->same_as[v];
    }
}

/* The Relu or Clip that makes v, which vanishes if v's scale is that of its own range; else NULL. */
static const oct_node *clamp_of(const planner *f, oct_value_id v)
{
    const oct_node *n = oct_graph_producer(f->g, v);
    return n && (n->op == OCT_OP_RELU || n->op == OCT_OP_CLIP) ? n : NULL;
}

static bool same_bound(const planner *f, const oct_node *a, const oct_node *b, int i)
{
    const oct_value *x = oct_node_in(f->g, a, i), *y = oct_node_in(f->g, b, i);
    return x && y ? x->data && y->data && oct_const_float(x, 0) == oct_const_float(y, 0) : !x && !y;
}

static bool same_clamp(const planner *f, const oct_node *a, const oct_node *b)
{
    return a && b ? a->op == b->op && (a->op == OCT_OP_RELU || (same_bound(f, a, b, 1) && same_bound(f, a, b, 2))) : a == b;
}

/* All inputs end in the same activation, or none in one: a common range keeps what makes it vanish. */
static bool clamps_agree(const planner *f, const oct_node *concat)
{
    const oct_node *first = clamp_of(f, oct_quant_root(f->p, concat->in[0]));
    for (int k = 1; k < concat->n_in; k++)
        if (!same_clamp(f, first, clamp_of(f, oct_quant_root(f->p, concat->in[k]))))
            return false;
    return true;
}

static void share_scales(planner *f)
{
    for (oct_node_id i = 0; i < f->g->n_nodes; i++) {
        const oct_node *n = &f->g->nodes[i];
        if (f->p->role[i] == OCT_QUANT_FOLLOWS && kind_of(n->op) == KIND_MOVE)
            for (int k = 0; k < n->n_out; k++)
                if (n->out[k] != OCT_NONE)
                    f->p->same_as[n->out[k]] = n->in[0];
    }
    for (oct_node_id i = 0; i < f->g->n_nodes; i++) {
        const oct_node *n = &f->g->nodes[i];
        if (f->p->role[i] != OCT_QUANT_FOLLOWS || n->op != OCT_OP_CONCAT || !f->p->quantized[n->out[0]] ||
            !clamps_agree(f, n))
            continue;
        for (int k = 0; k < n->n_in; k++) {
            const oct_value_id root = private_root(f, n->in[k]);
            if (root != OCT_NONE)
                f->p->same_as[root] = n->out[0];
        }
    }
}

/* ---- the plan ---- */

static octet_status find_pixels(planner *f, const oct_pass_env *env, octet_error *err)
{
    for (int i = 0; i < f->g->n_inputs; i++) {
        oct_node_id target;
        OCT_TRY(oct_pixel_target_find(&target, f->in_front, f->g, f->p->uses, f->g->inputs[i], env, err));
        if (target != OCT_NONE)
            f->p->role[target] = OCT_QUANT_PIXELS;
    }
    return OCTET_OK;
}

octet_status oct_quant_plan_make(oct_quant_plan *p, oct_graph *g, const oct_pass_env *env, octet_error *err)
{
    *p = (oct_quant_plan){0};
    const size_t n_values = (size_t)g->n_values, n_nodes = (size_t)g->n_nodes;
    p->uses = oct_arena_array(&p->arena, n_values, sizeof *p->uses);
    p->role = oct_arena_array(&p->arena, n_nodes, sizeof *p->role);
    p->reason = oct_arena_array(&p->arena, n_nodes, sizeof *p->reason);
    p->quantized = oct_arena_array(&p->arena, n_values, sizeof *p->quantized);
    p->same_as = oct_arena_array(&p->arena, n_values, sizeof *p->same_as);
    p->product_behind = oct_arena_array(&p->arena, n_values, sizeof *p->product_behind);
    planner f = {.g = g, .p = p};
    f.in_front = oct_arena_array(&p->arena, n_nodes, sizeof *f.in_front);
    f.reader = oct_arena_array(&p->arena, n_values, sizeof *f.reader);
    f.source = oct_arena_array(&p->arena, n_values, sizeof *f.source);
    if (!p->uses || !p->role || !p->reason || !p->quantized || !p->same_as || !p->product_behind || !f.in_front || !f.reader ||
        !f.source)
        return oct_fail_memory(err, "a plan of quantizers", (unsigned long long)(n_values + n_nodes) * 32);
    for (size_t i = 0; i < n_values; i++)
        p->same_as[i] = f.source[i] = OCT_NONE;
    oct_graph_uses(g, p->uses);
    OCT_TRY(find_pixels(&f, env, err));
    look_around(&f);
    choose_products(&f);
    go_back(&f);
    go_on(&f);
    share_scales(&f);
    return OCTET_OK;
}

void oct_quant_plan_free(oct_quant_plan *p)
{
    oct_arena_fini(&p->arena);
    *p = (oct_quant_plan){0};
}
