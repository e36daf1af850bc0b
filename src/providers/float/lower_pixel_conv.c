/* Lowering of PixelConv and PixelQConv.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "providers/float/lower.h"
#include "providers/float/product.h"
#include "steps/pixel_qconv.h"

enum { X, W, BIAS, RESIDUAL, OC_SCALE, Y_SCALE, Y_ZERO }; /* inputs of PixelConv, the last two of PixelQConv */

#define KERNEL_SIZE 64 /* of a kernel's name */

typedef struct source_job {
    const oct_graph *graph;
    const oct_node *node;
    oct_pixel_conv_step params;
} source_job;

static double channel_or(const oct_value *v, int64_t i, double otherwise)
{
    return v ? oct_const_float(v, oct_value_elems(v) == 1 ? 0 : i) : otherwise;
}

static oct_value *input_of(const oct_graph *g, const oct_node *n, int i)
{
    return i < n->n_in ? oct_node_in(g, n, i) : NULL;
}

static void fill_source(void *dst, void *context)
{
    const source_job *job = context;
    const oct_pixel_params *p = job->node->params;
    const oct_value *w = oct_node_in(job->graph, job->node, W);
    const oct_pixel_conv_source s = oct_pixel_conv_source_at(dst, &job->params);
    memcpy(s.in_scale, p->in_scale, (size_t)p->C * sizeof(double));
    memcpy(s.in_shift, p->in_shift, (size_t)p->C * sizeof(double));
    memcpy(s.in_channel, p->in_channel, (size_t)p->C * sizeof(int32_t));
    memcpy(s.w, w->data, oct_value_bytes(w));
    for (int32_t o = 0; o < job->params.shape.OC; o++) {
        s.oc_scale[o] = channel_or(input_of(job->graph, job->node, OC_SCALE), o, 1);
        s.bias[o] = channel_or(input_of(job->graph, job->node, BIAS), o, 0);
    }
}

/* Whatever of the step the node tells, in a job that fills its source. */
static octet_status make_job(source_job **out, oct_builder *b, const oct_node *n, octet_error *err)
{
    const oct_graph *g = oct_build_graph(b);
    const oct_pixel_params *p = n->params;
    source_job *job = oct_build_alloc(b, sizeof *job);
    *out = job;
    if (!job)
        return oct_fail_memory(err, "a first layer", sizeof *job);
    *job = (source_job){.graph = g, .node = n};
    oct_pixel_conv_step *c = &job->params;
    c->model = (oct_pixel_model){p->N, p->H, p->W, p->C, p->layout};
    c->group = p->conv.group;
    c->shape = oct_product_conv_shape(g, n, &p->conv);
    c->shape.N = p->N;
    c->shape.H = p->H;
    c->shape.W = p->W;
    c->shape.C = c->shape.x_pitch = p->C;
    c->shape.G = 1;
    c->shape.class_bias = 1;
    return OCTET_OK;
}

static uint64_t count_macs(const oct_graph *g, const oct_node *n)
{
    const oct_pixel_params *p = n->params;
    return (uint64_t)oct_value_elems(oct_node_out(g, n, 0)) *
           (uint64_t)((int64_t)(p->C / p->conv.group) * p->conv.kernel[0] * p->conv.kernel[1]);
}

/* "avx2 6x16 on pixels" */
static octet_status name_kernel(char **out, oct_builder *b, const char *kernel, octet_error *err)
{
    *out = oct_build_alloc(b, KERNEL_SIZE);
    if (!*out)
        return oct_fail_memory(err, "a first layer", KERNEL_SIZE);
    snprintf(*out, KERNEL_SIZE, "%s on pixels", kernel);
    return OCTET_OK;
}

octet_status oct_lower_pixel_conv(oct_builder *b, const oct_node *n, octet_error *err)
{
    source_job *job;
    char *kernel;
    OCT_TRY(make_job(&job, b, n, err));
    const oct_pixel_conv_step *c = &job->params;
    OCT_TRY(name_kernel(&kernel, b, oct_conv_f32_select(oct_build_cpu(b))->describe(&c->shape), err));
    const oct_ref operands[OCT_PIXEL_CONV_N_OPERANDS] = {
        [OCT_PIXEL_CONV_Y] = oct_build_value(b, n->out[0]),
        [OCT_PIXEL_CONV_PACKED] = oct_build_bound(b),
        [OCT_PIXEL_CONV_SOURCE] = oct_build_const(b, oct_pixel_conv_source_bytes(c), fill_source, job),
        [OCT_PIXEL_CONV_PIXELS] = oct_build_value(b, n->in[X]),
        [OCT_PIXEL_CONV_RESIDUAL] = oct_build_value(b, n->n_in > RESIDUAL ? n->in[RESIDUAL] : OCT_NONE)};
    oct_build_step(b, &(oct_step_desc){.kind = &oct_step_pixel_conv, .params = c, .n_params = sizeof *c, .operands = operands,
                                       .n_operands = OCT_PIXEL_CONV_N_OPERANDS, .n_out = 1, .kernel = kernel,
                                       .macs = count_macs(oct_build_graph(b), n)});
    return OCTET_OK;
}

octet_status oct_lower_pixel_qconv(oct_builder *b, const oct_node *n, octet_error *err)
{
    const oct_graph *g = oct_build_graph(b);
    const oct_value *y = oct_node_out(g, n, 0), *scale = oct_node_in(g, n, Y_SCALE), *zero = oct_node_in(g, n, Y_ZERO);
    source_job *job;
    char *kernel;
    OCT_TRY(make_job(&job, b, n, err));
    oct_pixel_qconv_step p = {.layer = job->params, .y_scale = (float)oct_const_float(scale, 0),
                              .y_zero = zero ? (int32_t)oct_const_int(zero, 0) : 0};
    p.shape = oct_pixel_qconv_shape(&p.layer, p.layer.model.C, y->dtype == OCTET_I8);
    OCT_TRY(name_kernel(&kernel, b, oct_conv_u8s8_select(oct_build_cpu(b))->describe(&p.shape), err));
    const size_t n_pixels = (size_t)p.shape.N * (size_t)p.shape.H * (size_t)p.shape.W;
    const oct_ref operands[OCT_PIXEL_QCONV_N_OPERANDS] = {
        [OCT_PIXEL_QCONV_Y] = oct_build_value(b, n->out[0]),
        [OCT_PIXEL_QCONV_PACKED] = oct_build_bound(b),
        [OCT_PIXEL_QCONV_SOURCE] = oct_build_const(b, oct_pixel_conv_source_bytes(&p.layer), fill_source, job),
        [OCT_PIXEL_QCONV_PIXELS] = oct_build_value(b, n->in[X]),
        [OCT_PIXEL_QCONV_BYTES] = oct_build_temp(b, n_pixels * (size_t)oct_pixel_qconv_most_bytes(&p.layer))};
    oct_build_step(b, &(oct_step_desc){.kind = &oct_step_pixel_qconv, .params = &p, .n_params = sizeof p, .operands = operands,
                                       .n_operands = OCT_PIXEL_QCONV_N_OPERANDS, .n_out = 1, .kernel = kernel,
                                       .macs = count_macs(g, n)});
    return OCTET_OK;
}
