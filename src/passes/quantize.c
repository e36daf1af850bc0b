/* Quantization of a float model after training: each tensor of the plan gets QuantizeLinear and DequantizeLinear behind it, with
 * scale and zero point from its range, each product weights of 8 bits. fuse_qdq makes integer operators of that, as it does of a
 * model that came so. While the model is calibrated, the pass asks for ranges instead: the same tensors become outputs.
 * SPDX-License-Identifier: Apache-2.0 */
#include "passes/quantize.h"

#include "quant/qparams.h"

/* The 8-bit form of a tensor that has its own range. */
typedef struct scale {
    oct_value_id scale, zero; /* OCT_NONE: not made yet */
    float value;
} scale;

typedef struct quantizing {
    oct_graph *g;
    oct_quant_plan *plan;
    const oct_ranges *ranges;
    int32_t hint;
    scale *scales; /* [n_values of the plan] */
    octet_error *err;
} quantizing;

/* ---- watching ---- */

static octet_status watch(oct_graph *g, const oct_quant_plan *plan, oct_ranges *watched, octet_error *err)
{
    const int32_t n_values = g->n_values;
    oct_value_id *outputs = oct_arena_array(&g->arena, (size_t)g->n_outputs + (size_t)n_values, sizeof *outputs);
    if (!outputs)
        return oct_fail_memory(err, "the watched tensors", (unsigned long long)n_values * sizeof *outputs);
    for (int32_t i = 0; i < g->n_outputs; i++)
        outputs[i] = g->outputs[i];
    g->outputs = outputs;
    for (oct_value_id v = 0; v < n_values; v++) {
        if (!plan->quantized[v] || plan->same_as[v] != OCT_NONE)
            continue;
        OCT_TRY(oct_ranges_add(watched, g->values[v].name, err));
        g->values[v].is_output = true;
        g->outputs[g->n_outputs++] = v;
    }
    return OCTET_OK;
}

/* ---- scales ---- */

/* The tensor that decides v's scale has a finite range. */
static bool has_scale(const quantizing *z, oct_value_id v)
{
    return z->plan->quantized[v] && z->scales[oct_quant_root(z->plan, v)].scale != OCT_NONE;
}

static octet_status make_scale(quantizing *z, oct_value_id root)
{
    const char *name = z->g->values[root].name;
    const octet_range *range = oct_ranges_find(z->ranges, name, &z->hint);
    scale *s = &z->scales[root];
    uint8_t zero;
    if (!range)
        return oct_fail(z->err, OCTET_USAGE, "the calibration has no range of tensor '%s': it is of another model, or was made "
                        "with other options", name);
    if (!oct_qparams_u8(range->min, range->max, &s->value, &zero))
        return OCTET_OK;
    const char *scale_name = oct_arena_printf(&z->g->arena, "%s.scale", name);
    const char *zero_name = oct_arena_printf(&z->g->arena, "%s.zero", name);
    if (!scale_name || !zero_name)
        return oct_fail_memory(z->err, "a quantizer", 64);
    OCT_TRY(oct_graph_add_const(z->g, &s->scale, scale_name, OCTET_F32, 0, NULL, &s->value, true, z->err));
    return oct_graph_add_const(z->g, &s->zero, zero_name, OCTET_U8, 0, NULL, &zero, true, z->err);
}

static octet_status make_scales(quantizing *z, int32_t n_values)
{
    for (oct_value_id v = 0; v < n_values; v++)
        z->scales[v].scale = OCT_NONE;
    for (oct_value_id v = 0; v < n_values; v++)
        if (z->plan->quantized[v] && z->plan->same_as[v] == OCT_NONE)
            OCT_TRY(make_scale(z, v));
    return OCTET_OK;
}

/* ---- layers ---- */

/* Weights of 8 bits where the input has a scale. */
static octet_status quantize_product(quantizing *z, oct_node_id id)
{
    const oct_value_id x = z->g->nodes[id].in[0];
    const char *reason = "the calibration has no finite range of its input";
    if (has_scale(z, x)) {
        const scale *s = &z->scales[oct_quant_root(z->plan, x)];
        OCT_TRY(oct_quant_weights_set(z->g, id, s->value, &reason, z->err));
    }
    if (reason)
        z->g->nodes[id].why_float = reason;
    return OCTET_OK;
}

/* ---- tensors ---- */

/* v, its 8-bit form, and that as real numbers: *real */
static octet_status quantize_tensor(quantizing *z, oct_value_id v, oct_value_id *real)
{
    oct_graph *g = z->g;
    const scale *s = &z->scales[oct_quant_root(z->plan, v)];
    const oct_value_id in[] = {v, s->scale, s->zero};
    oct_value_id q;
    OCT_TRY(oct_graph_add_like(g, &q, v, ".u8", z->err));
    g->values[q].dtype = OCTET_U8;
    OCT_TRY(oct_quant_dequantize(g, real, q, s->scale, s->zero, 0, z->err));
    oct_quant_params *params = oct_graph_params(g, sizeof *params);
    if (!params)
        return oct_fail_memory(z->err, "a quantizer", sizeof *params);
    params->saturate = params->double_mult = true;
    return oct_graph_add_node(g, NULL, OCT_OP_QUANTIZE_LINEAR, NULL, "QuantizeLinear", in, 3, &q, 1, params, z->err);
}

/* A graph output keeps its name. */
static void move_output(oct_graph *g, int i, oct_value_id to)
{
    oct_value *from = &g->values[g->outputs[i]], *real = &g->values[to];
    const char *name = from->name;
    if (from->is_output) { /* not moved yet: a value may be several outputs */
        from->name = real->name;
        real->name = name;
    }
    from->is_output = false;
    real->is_output = true;
    g->outputs[i] = to;
}

/* What read v, in the first n_nodes nodes and as an output, reads real[v] where there is one. */
static void reroute(oct_graph *g, int32_t n_nodes, const oct_value_id *real)
{
    for (oct_node_id i = 0; i < n_nodes; i++)
        for (int k = 0; k < g->nodes[i].n_in; k++) {
            oct_value_id *in = &g->nodes[i].in[k];
            if (*in != OCT_NONE && real[*in] != OCT_NONE)
                *in = real[*in];
        }
    for (int i = 0; i < g->n_outputs; i++)
        if (real[g->outputs[i]] != OCT_NONE)
            move_output(g, i, real[g->outputs[i]]);
}

static octet_status quantize_tensors(quantizing *z, int32_t n_values, int32_t n_nodes)
{
    const size_t n = (size_t)z->g->n_values + 2 * (size_t)n_values; /* the new ones too */
    oct_value_id *real = oct_arena_array(&z->plan->arena, n, sizeof *real);
    if (!real)
        return oct_fail_memory(z->err, "quantizers", (unsigned long long)n * sizeof *real);
    for (size_t v = 0; v < n; v++)
        real[v] = OCT_NONE;
    for (oct_value_id v = 0; v < n_values; v++)
        if (has_scale(z, v))
            OCT_TRY(quantize_tensor(z, v, &real[v]));
    reroute(z->g, n_nodes, real);
    return OCTET_OK;
}

static octet_status quantize(oct_graph *g, oct_quant_plan *plan, const oct_ranges *ranges, octet_error *err)
{
    const int32_t n_values = g->n_values, n_nodes = g->n_nodes;
    quantizing z = {.g = g, .plan = plan, .ranges = ranges, .err = err};
    z.scales = oct_arena_array(&plan->arena, (size_t)n_values, sizeof *z.scales);
    if (!z.scales)
        return oct_fail_memory(err, "scales", (unsigned long long)n_values * sizeof *z.scales);
    OCT_TRY(make_scales(&z, n_values));
    for (oct_node_id i = 0; i < n_nodes; i++) {
        g->nodes[i].why_float = plan->role[i] == OCT_QUANT_FLOAT ? plan->reason[i] : NULL;
        if (plan->role[i] == OCT_QUANT_PRODUCT)
            OCT_TRY(quantize_product(&z, i));
    }
    return quantize_tensors(&z, n_values, n_nodes);
}

octet_status oct_pass_quantize(oct_graph *g, const oct_pass_env *env, octet_error *err)
{
    const oct_quantize_request *request = &env->quantize;
    if (!request->ranges && !request->watched)
        return OCTET_OK;
    oct_quant_plan plan;
    octet_status status = oct_quant_plan_make(&plan, g, env, err);
    if (status == OCTET_OK)
        status = request->watched ? watch(g, &plan, request->watched, err) : quantize(g, &plan, request->ranges, err);
    oct_quant_plan_free(&plan);
    return status;
}
