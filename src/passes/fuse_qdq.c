/* DequantizeLinear -> operator -> QuantizeLinear becomes the operator's integer form: Conv -> QLinearConv, Add -> QLinearAdd,
 * GlobalAveragePool -> QLinearGlobalAveragePool. What the file means is that arithmetic; the float detour only
 * approximates it, and a value near a tie then rounds the other way. Relu and Clip in between go if the rounding to 8 bits
 * saturates at their bounds anyway. Runs before constants are folded, while the weights' DequantizeLinear still stand.
 * SPDX-License-Identifier: Apache-2.0 */
#include "passes/passes.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

/* A quantized tensor: its value, scale and zero point. */
typedef struct quantized {
    oct_value_id q, scale, zero;
} quantized;

typedef struct qdq {
    oct_graph *g;
    int32_t *uses;
    octet_error *err;
} qdq;

static oct_value_id input_id(const oct_node *n, int i)
{
    return i < n->n_in ? n->in[i] : OCT_NONE;
}

static bool is_scalar_const(const oct_graph *g, oct_value_id v)
{
    const oct_value *c = oct_graph_value(g, v);
    return c && c->data && oct_value_elems(c) == 1;
}

/* The DequantizeLinear behind a value, as a quantized tensor; a missing zero point stays OCT_NONE. */
static bool dequantized(const oct_graph *g, oct_value_id v, quantized *out)
{
    const oct_node *n = v == OCT_NONE ? NULL : oct_graph_producer(g, v);
    if (!n || n->dead || (n->op != OCT_OP_DEQUANTIZE_LINEAR && n->op != OCT_OP_DEQUANTIZE_LINEAR_MS) ||
        ((const oct_quant_params *)n->params)->block_size != 0)
        return false;
    *out = (quantized){.q = n->in[0], .scale = n->in[1], .zero = input_id(n, 2)};
    const oct_value *scale = oct_graph_value(g, out->scale);
    return scale->data && scale->dtype == OCTET_F32;
}

/* The same for activations: 8 bits, one scale for all. */
static bool activation(const oct_graph *g, oct_value_id v, quantized *out)
{
    if (!dequantized(g, v, out) || !is_scalar_const(g, out->scale))
        return false;
    octet_dtype t = oct_graph_value(g, out->q)->dtype;
    return (t == OCTET_U8 || t == OCTET_I8) && (out->zero == OCT_NONE || is_scalar_const(g, out->zero));
}

static octet_status zero_or_new(qdq *f, oct_value_id *zero, octet_dtype dtype)
{
    static const uint8_t nothing[1] = {0};
    return *zero != OCT_NONE ? OCTET_OK : oct_graph_add_const(f->g, zero, NULL, dtype, 0, NULL, nothing, true, f->err);
}

/* What a QuantizeLinear writes; false unless 8 bits with one scale. */
static bool quantizer(const oct_graph *g, const oct_node *n, quantized *out)
{
    if (n->op != OCT_OP_QUANTIZE_LINEAR && n->op != OCT_OP_QUANTIZE_LINEAR_MS)
        return false;
    *out = (quantized){.q = n->out[0], .scale = n->in[1], .zero = input_id(n, 2)};
    octet_dtype t = oct_graph_value(g, out->q)->dtype;
    return ((const oct_quant_params *)n->params)->block_size == 0 && is_scalar_const(g, out->scale) &&
           (out->zero == OCT_NONE || is_scalar_const(g, out->zero)) && (t == OCTET_U8 || t == OCTET_I8);
}

/* round(bound / scale) + zero reaches the end of the type's range: quantizing clamps there by itself. */
static bool saturates(const oct_graph *g, const quantized *y, float lo, float hi)
{
    bool is_signed = oct_graph_value(g, y->q)->dtype == OCTET_I8;
    double min = is_signed ? -128 : 0, max = is_signed ? 127 : 255;
    float scale = (float)oct_const_float(oct_graph_value(g, y->scale), 0);
    double zero = y->zero == OCT_NONE ? 0 : oct_const_float(oct_graph_value(g, y->zero), 0);
    return rint((double)(lo / scale)) + zero <= min && rint((double)(hi / scale)) + zero >= max;
}

static bool clip_bound(const oct_graph *g, const oct_node *n, int i, float *bound)
{
    const oct_value *v = oct_node_in(g, n, i);
    if (v && v->data)
        *bound = (float)oct_const_float(v, 0);
    return !v || v->data;
}

/* Producer of the quantizer's input, through a Relu or Clip that its saturation makes idle (then *idle). */
static oct_node *core_of(qdq *f, const oct_node *quantize, const quantized *y, oct_node **idle)
{
    oct_node *n = oct_fuse_sole_producer(f->g, f->uses, quantize, 0);
    float lo = -INFINITY, hi = INFINITY;
    *idle = NULL;
    if (!n || (n->op != OCT_OP_RELU && n->op != OCT_OP_CLIP))
        return n;
    bool known = n->op == OCT_OP_RELU || (clip_bound(f->g, n, 1, &lo) && clip_bound(f->g, n, 2, &hi));
    if (n->op == OCT_OP_RELU)
        lo = 0;
    *idle = n;
    return known && saturates(f->g, y, lo, hi) ? oct_fuse_sole_producer(f->g, f->uses, n, 0) : NULL;
}

/* ---- the three forms; *n_in = 0: does not fit ---- */

/* Bias as int32 with scale x_scale * w_scale[o] (a difference of some ulp is how converters write it). */
static bool fits_bias(const oct_graph *g, const quantized *x, const quantized *w, const quantized *bias)
{
    const oct_value *q = oct_graph_value(g, bias->q), *s = oct_graph_value(g, bias->scale);
    const oct_value *ws = oct_graph_value(g, w->scale), *xs = oct_graph_value(g, x->scale);
    if (q->dtype != OCTET_I32 || !q->data || q->rank != 1)
        return false;
    int64_t n = oct_value_elems(q), n_ws = oct_value_elems(ws), n_s = oct_value_elems(s);
    if ((n_ws != 1 && n_ws != n) || (n_s != 1 && n_s != n)) /* shapes are not inferred yet: nothing is sure */
        return false;
    for (int64_t i = 0; i < n; i++) {
        double want = oct_const_float(xs, 0) * oct_const_float(ws, n_ws == 1 ? 0 : i);
        double have = oct_const_float(s, n_s == 1 ? 0 : i);
        if (!(fabs(have - want) <= 1e-5 * fabs(want)))
            return false;
    }
    const oct_value *zero = oct_graph_value(g, bias->zero);
    for (int64_t i = 0; zero && i < (zero->data ? oct_value_elems(zero) : 1); i++)
        if (!zero->data || oct_const_int(zero, i) != 0)
            return false;
    return true;
}

static octet_status conv_inputs(qdq *f, const oct_node *conv, quantized y, oct_value_id *in, int *n_in)
{
    quantized x, w, bias = {OCT_NONE, OCT_NONE, OCT_NONE};
    bool fits = activation(f->g, conv->in[0], &x) && dequantized(f->g, conv->in[1], &w) && conv->n_in <= 3;
    if (fits && input_id(conv, 2) != OCT_NONE)
        fits = dequantized(f->g, conv->in[2], &bias) && fits_bias(f->g, &x, &w, &bias);
    const oct_value *wq = fits ? oct_graph_value(f->g, w.q) : NULL;
    if (!wq || !wq->data || (wq->dtype != OCTET_U8 && wq->dtype != OCTET_I8))
        return OCTET_OK;
    const oct_value *ws = oct_graph_value(f->g, w.scale);
    if (oct_value_elems(ws) != 1 && (ws->rank != 1 || ws->dims[0] != wq->dims[0]))
        return OCTET_OK;
    OCT_TRY(zero_or_new(f, &x.zero, oct_graph_value(f->g, x.q)->dtype));
    if (w.zero == OCT_NONE && oct_value_elems(ws) != 1) {
        const void *zeros = oct_arena_array(&f->g->arena, (size_t)wq->dims[0], 1);
        if (!zeros)
            return oct_fail_memory(f->err, "zero points", (unsigned long long)wq->dims[0]);
        OCT_TRY(oct_graph_add_const(f->g, &w.zero, NULL, wq->dtype, 1, wq->dims, zeros, false, f->err));
    }
    OCT_TRY(zero_or_new(f, &w.zero, oct_graph_value(f->g, w.q)->dtype));
    OCT_TRY(zero_or_new(f, &y.zero, oct_graph_value(f->g, y.q)->dtype));
    const oct_value_id all[] = {x.q, x.scale, x.zero, w.q, w.scale, w.zero, y.scale, y.zero, bias.q};
    memcpy(in, all, sizeof all);
    *n_in = bias.q == OCT_NONE ? 8 : 9;
    return OCTET_OK;
}

static octet_status add_inputs(qdq *f, const oct_node *add, quantized y, oct_value_id *in, int *n_in)
{
    quantized a, b;
    if (!activation(f->g, add->in[0], &a) || !activation(f->g, add->in[1], &b))
        return OCTET_OK;
    octet_dtype t = oct_graph_value(f->g, y.q)->dtype;
    if (oct_graph_value(f->g, a.q)->dtype != t || oct_graph_value(f->g, b.q)->dtype != t)
        return OCTET_OK;
    OCT_TRY(zero_or_new(f, &a.zero, t));
    OCT_TRY(zero_or_new(f, &b.zero, t));
    OCT_TRY(zero_or_new(f, &y.zero, t));
    const oct_value_id all[] = {a.q, a.scale, a.zero, b.q, b.scale, b.zero, y.scale, y.zero};
    memcpy(in, all, sizeof all);
    *n_in = 8;
    return OCTET_OK;
}

static octet_status average_inputs(qdq *f, const oct_node *pool, quantized y, oct_value_id *in, int *n_in)
{
    quantized x;
    if (!activation(f->g, pool->in[0], &x))
        return OCTET_OK;
    octet_dtype t = oct_graph_value(f->g, y.q)->dtype;
    if (oct_graph_value(f->g, x.q)->dtype != t)
        return OCTET_OK;
    OCT_TRY(zero_or_new(f, &x.zero, t));
    OCT_TRY(zero_or_new(f, &y.zero, t));
    const oct_value_id all[] = {x.q, x.scale, x.zero, y.scale, y.zero};
    memcpy(in, all, sizeof all);
    *n_in = 5;
    return OCTET_OK;
}

typedef struct form {
    oct_op from, to;
    octet_status (*inputs)(qdq *f, const oct_node *n, quantized y, oct_value_id *in, int *n_in);
    bool keeps_params;
} form;

static const form forms[] = {
    {OCT_OP_CONV, OCT_OP_QLINEAR_CONV, conv_inputs, true},
    {OCT_OP_ADD, OCT_OP_QLINEAR_ADD, add_inputs, false},
    {OCT_OP_GLOBAL_AVERAGE_POOL, OCT_OP_QLINEAR_GLOBAL_AVERAGE_POOL, average_inputs, false},
};

static const form *find_form(const oct_node *core)
{
    for (size_t i = 0; core && i < OCT_COUNT(forms); i++)
        if (forms[i].from == core->op)
            return &forms[i];
    return NULL;
}

/* quantize, its core and the idle activation between them become one node; others may go on reading the inputs. */
static octet_status try_fuse(qdq *f, oct_node_id id)
{
    quantized y;
    oct_node *quantize = &f->g->nodes[id], *idle;
    if (!quantizer(f->g, quantize, &y))
        return OCTET_OK;
    oct_node *core = core_of(f, quantize, &y, &idle);
    const form *how = find_form(core);
    oct_value_id in[9];
    int n_in = 0;
    if (how)
        OCT_TRY(how->inputs(f, core, y, in, &n_in));
    if (n_in == 0)
        return OCTET_OK;
    void *params = how->keeps_params ? core->params : oct_graph_params(f->g, sizeof(oct_qconcat_params));
    const char *text = oct_arena_printf(&f->g->arena, "%s%s%s", oct_op_get_info(how->to)->onnx_name, idle ? "+" : "",
                                        idle ? idle->onnx_op : "");
    if (!params || !text)
        return oct_fail_memory(f->err, "a fused node", 64);
    const char *name = core->name;
    quantize->dead = core->dead = true;
    if (idle)
        idle->dead = true;
    oct_node_id fused;
    return oct_graph_add_node(f->g, &fused, how->to, name, text, in, n_in, &y.q, 1, params, f->err);
}

octet_status oct_pass_fuse_qdq(oct_graph *g, const oct_pass_env *env, octet_error *err)
{
    (void)env;
    qdq f = {.g = g, .err = err, .uses = oct_calloc((size_t)g->n_values + 1, sizeof *f.uses)};
    if (!f.uses)
        return oct_fail_memory(err, "use counts", (unsigned long long)g->n_values * sizeof *f.uses);
    oct_graph_uses(g, f.uses);
    octet_status status = OCTET_OK;
    for (oct_node_id i = 0, n = g->n_nodes; i < n && status == OCTET_OK; i++)
        if (!g->nodes[i].dead)
            status = try_fuse(&f, i);
    oct_free(f.uses);
    return status;
}
