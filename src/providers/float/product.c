/* Packing and building float products (Conv, Gemm, MatMul).
 * SPDX-License-Identifier: Apache-2.0 */
#include "providers/float/product.h"

#include "steps/conv_f32.h"

oct_act oct_product_act(const oct_fused_act *act)
{
    static const int32_t kinds[] = {
        [OCT_FUSED_NONE] = OCT_ACT_NONE, [OCT_FUSED_CLAMP] = OCT_ACT_CLAMP, [OCT_FUSED_LEAKY] = OCT_ACT_LEAKY};
    return (oct_act){.kind = kinds[act->kind], .lo = act->lo, .hi = act->hi, .alpha = act->alpha};
}

/* ---- shape of a Conv node ---- */

enum { X, W, RESIDUAL = 3 }; /* inputs */

/* Height and width of [N, C, W] or [N, C, H, W]; a 1-D image has height 1. */
static void spatial(const oct_value *v, int32_t *h, int32_t *w)
{
    *h = v->rank == 3 ? 1 : (int32_t)v->dims[2];
    *w = (int32_t)v->dims[v->rank - 1];
}

/* Elements from pixel to pixel. */
static int32_t pitch(const oct_value *v)
{
    int64_t strides[OCTET_MAX_RANK];
    oct_value_strides(v, strides);
    return (int32_t)strides[v->rank - 1];
}

oct_conv_f32_shape oct_product_conv_shape(const oct_graph *g, const oct_node *n, const oct_conv_params *p)
{
    const oct_value *x = oct_node_in(g, n, X), *w = oct_node_in(g, n, W), *y = oct_node_out(g, n, 0);
    oct_conv_f32_shape s = {
        .N = (int32_t)x->dims[0],
        .C = (int32_t)x->dims[1],
        .OC = (int32_t)w->dims[0],
        .KH = p->kernel[0],
        .KW = p->kernel[1],
        .G = p->group,
        .stride_h = p->stride[0],
        .stride_w = p->stride[1],
        .dilation_h = p->dilation[0],
        .dilation_w = p->dilation[1],
        .pad_top = p->pad_begin[0],
        .pad_left = p->pad_begin[1],
        .has_residual = n->n_in > RESIDUAL && n->in[RESIDUAL] != OCT_NONE,
        .act = oct_product_act(&p->act),
    };
    spatial(x, &s.H, &s.W);
    spatial(y, &s.OH, &s.OW);
    s.x_pitch = pitch(x);
    s.y_pitch = pitch(y);
    s.r_pitch = s.has_residual ? pitch(oct_node_in(g, n, RESIDUAL)) : s.OC;
    return s;
}

/* ---- constant weights ---- */

typedef struct pack_job {
    const oct_graph *graph;
    oct_conv_f32_shape shape;
    oct_cpu_level cpu;
    oct_value_id w, bias, oc_scale;
    int64_t stride_o, stride_i;
    float alpha, beta;
} pack_job;

static void weights_done(void *context, const void *p, size_t n)
{
    const pack_job *job = context;
    oct_build_drop(job->graph, p, n);
}

/* `value` per output channel times `factor`, or `factor` everywhere; NULL if that is 1 everywhere. */
static const float *channel_factors(const oct_graph *g, oct_value_id id, float factor, int32_t n, float *buffer)
{
    const oct_value *v = oct_graph_value(g, id);
    if (!v && factor == 1.0f)
        return NULL;
    for (int32_t i = 0; i < n; i++)
        buffer[i] = v ? (float)oct_const_float(v, oct_value_elems(v) == 1 ? 0 : i) * factor : factor;
    return buffer;
}

static void fill_packed(void *dst, void *context)
{
    pack_job *job = context;
    const oct_graph *g = job->graph;
    const oct_value *w = oct_graph_value(g, job->w);
    float *factors = (float *)(job + 1), *bias = factors + job->shape.OC;
    oct_conv_f32_weights weights = {
        .w = w->data,
        .stride_o = job->stride_o,
        .stride_i = job->stride_i,
        .stride_t = 1,
        .oc_scale = channel_factors(g, job->oc_scale, job->alpha, job->shape.OC, factors),
        .bias = job->bias == OCT_NONE ? NULL : channel_factors(g, job->bias, job->beta, job->shape.OC, bias),
        .done = weights_done,
        .done_context = job,
    };
    oct_conv_f32_select(job->cpu)->pack(dst, &job->shape, &weights);
}

static bool is_const_or_none(const oct_graph *g, oct_value_id v)
{
    return v == OCT_NONE || oct_graph_value(g, v)->data;
}

static oct_ref pack_at_build(oct_builder *b, const oct_product *p)
{
    pack_job *job = oct_build_alloc(b, sizeof *job + 2 * (size_t)p->shape.OC * sizeof(float));
    if (!job)
        return OCT_NO_REF;
    *job = (pack_job){.graph = oct_build_graph(b), .shape = p->shape, .cpu = oct_build_cpu(b), .w = p->w, .bias = p->bias,
                      .oc_scale = p->oc_scale, .stride_o = p->stride_o, .stride_i = p->stride_i, .alpha = p->alpha,
                      .beta = p->beta};
    return oct_build_const(b, oct_conv_f32_select(job->cpu)->packed_size(&p->shape), fill_packed, job);
}

/* ---- weights known at run time only ---- */

static oct_ref pack_at_run(oct_builder *b, const oct_product *p)
{
    const oct_value *bias = oct_graph_value(oct_build_graph(b), p->bias);
    oct_pack_f32_step params = {.shape = p->shape, .alpha = p->alpha, .beta = p->beta,
                                .one_bias = bias && oct_value_elems(bias) == 1, .stride_o = p->stride_o,
                                .stride_i = p->stride_i};
    oct_ref packed = oct_build_temp(b, oct_conv_f32_most_packed(&p->shape));
    oct_ref operands[OCT_PACK_F32_N_OPERANDS] = {
        [OCT_PACK_F32_PACKED] = packed,
        [OCT_PACK_F32_FACTORS] = oct_build_temp(b, 2 * (size_t)p->shape.OC * sizeof(float)),
        [OCT_PACK_F32_W] = oct_build_value(b, p->w),
        [OCT_PACK_F32_BIAS] = oct_build_value(b, p->bias)};
    oct_build_step(b, &(oct_step_desc){.kind = &oct_step_pack_f32, .params = &params, .n_params = sizeof params,
                                       .operands = operands, .n_operands = OCT_PACK_F32_N_OPERANDS, .n_out = 2});
    return packed;
}

/* ---- the product itself ---- */

void oct_product_build(oct_builder *b, const oct_product *p, oct_value_id y)
{
    const oct_graph *g = oct_build_graph(b);
    bool constant = oct_graph_value(g, p->w)->data && is_const_or_none(g, p->bias);
    oct_ref packed = constant ? pack_at_build(b, p) : pack_at_run(b, p);
    oct_conv_f32_step params = {.shape = p->shape};
    oct_ref operands[OCT_CONV_F32_N_OPERANDS] = {
        [OCT_CONV_F32_Y] = oct_build_value(b, y),
        [OCT_CONV_F32_PACKED] = packed,
        [OCT_CONV_F32_X] = p->x_ref != OCT_NO_REF ? p->x_ref : oct_build_value(b, p->x),
        [OCT_CONV_F32_RESIDUAL] = p->residual != OCT_NONE ? oct_build_value(b, p->residual) : p->residual_ref};
    oct_build_step(b, &(oct_step_desc){.kind = &oct_step_conv_f32, .params = &params, .n_params = sizeof params,
                                       .operands = operands, .n_operands = OCT_CONV_F32_N_OPERANDS, .n_out = 1,
                                       .macs = p->macs});
}
