/* Weights of a Conv, Gemm or MatMul as int8 with a scale for each output channel, its bias as int32 with the scale of the sums:
 * constants behind DequantizeLinear, the form that fuse_qdq makes integer operators of.
 * SPDX-License-Identifier: Apache-2.0 */
#include <float.h>
#include <math.h>
#include <string.h>

#include "passes/quantize.h"
#include "quant/qparams.h"

#define MOST_TERMS 65536        /* of a sum: 255 * 127 * terms stays below 2^31 */

enum { X, W, BIAS, RESIDUAL, OC_SCALE }; /* inputs of Conv */

/* The weights as [OC][K], wherever they lie. */
typedef struct product {
    oct_graph *g;
    oct_node *n;
    const oct_value *w, *bias, *oc_scale;
    int64_t OC, K, of_o, of_k; /* element (o, k) is at o * of_o + k * of_k */
    int axis;                  /* of w: the output channels */
    float alpha, beta;
} product;

static product look_at(const oct_graph *g, const oct_node *n)
{
    const oct_value *w = oct_node_in(g, n, W), *y = oct_node_out(g, n, 0);
    product p = {.w = w, .bias = oct_node_in(g, n, BIAS), .alpha = 1, .beta = 1};
    if (n->op == OCT_OP_CONV) {
        p.oc_scale = oct_node_in(g, n, OC_SCALE);
        p.OC = w->dims[0];
        p.K = oct_value_elems(w) / p.OC;
        p.of_o = p.K;
        p.of_k = 1;
        return p;
    }
    const oct_gemm_params *q = n->params;
    const bool transposed = n->op == OCT_OP_GEMM && q->trans_b;
    p.alpha = n->op == OCT_OP_GEMM ? q->alpha : 1;
    p.beta = n->op == OCT_OP_GEMM ? q->beta : 1;
    p.axis = transposed ? 0 : 1;
    p.OC = y->dims[1];
    p.K = w->dims[1 - p.axis];
    p.of_o = transposed ? p.K : 1;
    p.of_k = transposed ? 1 : p.OC;
    return p;
}

static const char *refuse_gemm(const oct_graph *g, const oct_node *n)
{
    const oct_value *bias = oct_node_in(g, n, BIAS), *y = oct_node_out(g, n, 0);
    if (oct_node_in(g, n, X)->rank != 2 || oct_node_in(g, n, W)->rank != 2)
        return "it multiplies stacks of matrices";
    if (n->op == OCT_OP_GEMM && ((const oct_gemm_params *)n->params)->trans_a)
        return "it transposes its input";
    if (bias && (bias->rank > 2 || (oct_value_elems(bias) != 1 && oct_value_elems(bias) != y->dims[1]) ||
                 (bias->rank == 2 && bias->dims[0] != 1)))
        return "its bias is more than a number for each output";
    return NULL;
}

const char *oct_quant_weights_refuse(const oct_graph *g, const oct_node *n)
{
    const oct_value *x = oct_node_in(g, n, X), *w = oct_node_in(g, n, W), *bias = oct_node_in(g, n, BIAS);
    if (!x || !w || x->dtype != OCTET_F32 || w->dtype != OCTET_F32 || oct_node_out(g, n, 0)->dtype != OCTET_F32 ||
        (bias && bias->dtype != OCTET_F32))
        return "it is not float32";
    if (!w->data || (bias && !bias->data))
        return "its weights are computed at run time";
    if (x->data)
        return "its input is constant";
    if (oct_value_elems(x) == 0 || oct_value_elems(w) == 0 || oct_value_elems(oct_node_out(g, n, 0)) == 0)
        return "it is empty";
    const char *reason = n->op == OCT_OP_CONV ? NULL : refuse_gemm(g, n);
    if (!reason && look_at(g, n).K > MOST_TERMS)
        reason = "its sums have more than 65536 terms";
    return reason;
}

/* ---- numbers ---- */

static float element(const oct_value *v, int64_t i)
{
    float f;
    memcpy(&f, (const char *)v->data + (size_t)i * sizeof f, sizeof f);
    return f;
}

static float factor_of(const product *p, int64_t o)
{
    return p->oc_scale ? element(p->oc_scale, o) : p->alpha;
}

/* float32, as the float engine has it too */
static float weight(const product *p, int64_t o, int64_t k)
{
    return element(p->w, o * p->of_o + k * p->of_k) * factor_of(p, o);
}

static float bias_of(const product *p, int64_t o)
{
    return p->bias ? element(p->bias, oct_value_elems(p->bias) == 1 ? 0 : o) * p->beta : 0;
}

/* Largest |weight| of a channel; NaN if one is not finite. */
static float largest(const product *p, int64_t o)
{
    float most = 0;
    for (int64_t k = 0; k < p->K; k++) {
        const float v = fabsf(weight(p, o, k));
        if (!isfinite(v))
            return NAN;
        most = v > most ? v : most;
    }
    return most;
}

/* ---- constants ---- */

/* Scales of the weights and of the sums; the reason why there are none, or NULL. */
static const char *make_scales(const product *p, float x_scale, float *w_scale, float *acc_scale)
{
    for (int64_t o = 0; o < p->OC; o++) {
        const float most = largest(p, o), bias = bias_of(p, o);
        if (!isfinite(most) || !isfinite(bias))
            return "its weights are not all finite";
        w_scale[o] = oct_weight_scale(most, bias, x_scale, OCT_QUANT_MOST_BIAS);
        acc_scale[o] = x_scale * w_scale[o];
        if (!isfinite(acc_scale[o]) || acc_scale[o] < FLT_MIN)
            return "its weights are too large or too small";
    }
    return NULL;
}

static void fill_weights(const product *p, const float *w_scale, int8_t *q)
{
    for (int64_t o = 0; o < p->OC; o++)
        for (int64_t k = 0; k < p->K; k++)
            q[o * p->of_o + k * p->of_k] = oct_quantize_weight(weight(p, o, k), w_scale[o]);
}

static void fill_bias(const product *p, float x_scale, const float *w_scale, int32_t *q)
{
    for (int64_t o = 0; o < p->OC; o++)
        q[o] = oct_quantize_bias(bias_of(p, o), x_scale, w_scale[o]);
}

octet_status oct_quant_dequantize(oct_graph *g, oct_value_id *real, oct_value_id q, oct_value_id scale, oct_value_id zero,
                                  int axis, octet_error *err)
{
    OCT_TRY(oct_graph_add_like(g, real, q, ".real", err));
    g->values[*real].dtype = OCTET_F32;
    oct_quant_params *params = oct_graph_params(g, sizeof *params);
    if (!params)
        return oct_fail_memory(err, "a quantizer", sizeof *params);
    params->axis = axis;
    params->saturate = true;
    const oct_value_id in[] = {q, scale, zero};
    return oct_graph_add_node(g, NULL, OCT_OP_DEQUANTIZE_LINEAR, NULL, "DequantizeLinear", in, zero == OCT_NONE ? 2 : 3, real, 1,
                              params, err);
}

static octet_status add_weights(oct_graph *g, const product *p, const char *name, const int8_t *q, const float *w_scale,
                                oct_value_id *real, octet_error *err)
{
    const oct_value w = *p->w;
    const char *q_name = oct_arena_printf(&g->arena, "%s.s8", name), *s_name = oct_arena_printf(&g->arena, "%s.s8.scale", name);
    oct_value_id q_id, scale;
    if (!q_name || !s_name)
        return oct_fail_memory(err, "8-bit weights", 64);
    OCT_TRY(oct_graph_add_const(g, &q_id, q_name, OCTET_I8, w.rank, w.dims, q, false, err));
    OCT_TRY(oct_graph_add_const(g, &scale, s_name, OCTET_F32, 1, &p->OC, w_scale, false, err));
    return oct_quant_dequantize(g, real, q_id, scale, OCT_NONE, p->axis, err);
}

static octet_status add_bias(oct_graph *g, int64_t OC, const char *name, const int32_t *q, const float *acc_scale,
                             oct_value_id *real, octet_error *err)
{
    const char *q_name = oct_arena_printf(&g->arena, "%s.s32", name), *s_name = oct_arena_printf(&g->arena, "%s.s32.scale", name);
    oct_value_id q_id, scale;
    if (!q_name || !s_name)
        return oct_fail_memory(err, "a 32-bit bias", 64);
    OCT_TRY(oct_graph_add_const(g, &q_id, q_name, OCTET_I32, 1, &OC, q, false, err));
    OCT_TRY(oct_graph_add_const(g, &scale, s_name, OCTET_F32, 1, &OC, acc_scale, false, err));
    return oct_quant_dequantize(g, real, q_id, scale, OCT_NONE, 0, err);
}

/* The node reads the new weights and bias; whatever they have taken in is gone from its parameters. */
static octet_status rewire(oct_graph *g, oct_node_id id, oct_value_id w, oct_value_id bias, octet_error *err)
{
    oct_value_id *in = oct_arena_array(&g->arena, 3, sizeof *in);
    oct_node *n = &g->nodes[id];
    oct_gemm_params *gemm = n->op == OCT_OP_CONV ? NULL : oct_graph_params(g, sizeof *gemm);
    if (!in || (n->op != OCT_OP_CONV && !gemm))
        return oct_fail_memory(err, "a quantized layer", 64);
    in[X] = n->in[X];
    in[W] = w;
    in[BIAS] = bias;
    n->in = in;
    n->n_in = bias == OCT_NONE ? 2 : 3;
    if (!gemm)
        return OCTET_OK;
    *gemm = (oct_gemm_params){.alpha = 1, .beta = 1,
                              .trans_b = n->op == OCT_OP_GEMM && ((const oct_gemm_params *)n->params)->trans_b};
    n->params = gemm;
    n->op = OCT_OP_GEMM;
    return OCTET_OK;
}

octet_status oct_quant_weights_set(oct_graph *g, oct_node_id id, float x_scale, const char **reason, octet_error *err)
{
    const product p = look_at(g, &g->nodes[id]);
    const bool has_bias = p.bias != NULL;
    const char *w_name = p.w->name, *bias_name = has_bias ? p.bias->name : NULL;
    int8_t *w = oct_arena_array(&g->arena, (size_t)(p.OC * p.K), sizeof *w);
    int32_t *bias = oct_arena_array(&g->arena, (size_t)p.OC, sizeof *bias);
    float *scales = oct_arena_array(&g->arena, 2 * (size_t)p.OC, sizeof *scales);
    if (!w || !bias || !scales)
        return oct_fail_memory(err, "8-bit weights", (unsigned long long)(p.OC * p.K));
    *reason = make_scales(&p, x_scale, scales, scales + p.OC);
    if (*reason)
        return OCTET_OK;
    fill_weights(&p, scales, w);
    fill_bias(&p, x_scale, scales, bias);
    oct_value_id w_real, bias_real = OCT_NONE;
    OCT_TRY(add_weights(g, &p, w_name, w, scales, &w_real, err));
    if (has_bias)
        OCT_TRY(add_bias(g, p.OC, bias_name, bias, scales + p.OC, &bias_real, err));
    return rewire(g, id, w_real, bias_real, err);
}
