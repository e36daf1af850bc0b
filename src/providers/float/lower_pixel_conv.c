/* Lowering of PixelConv.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "providers/float/lower.h"
#include "providers/float/product.h"
#include "steps/pixel_conv.h"

enum { X, W, BIAS, RESIDUAL, OC_SCALE }; /* inputs of PixelConv */

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

octet_status oct_lower_pixel_conv(oct_builder *b, const oct_node *n, octet_error *err)
{
    const oct_graph *g = oct_build_graph(b);
    const oct_pixel_params *p = n->params;
    source_job *job = oct_build_alloc(b, sizeof *job);
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
    const oct_ref source = oct_build_const(b, oct_pixel_conv_source_bytes(c), fill_source, job);
    const oct_ref operands[OCT_PIXEL_CONV_N_OPERANDS] = {
        [OCT_PIXEL_CONV_Y] = oct_build_value(b, n->out[0]),
        [OCT_PIXEL_CONV_PACKED] = oct_build_bound(b),
        [OCT_PIXEL_CONV_SOURCE] = source,
        [OCT_PIXEL_CONV_PIXELS] = oct_build_value(b, n->in[X]),
        [OCT_PIXEL_CONV_RESIDUAL] = oct_build_value(b, n->n_in > RESIDUAL ? n->in[RESIDUAL] : OCT_NONE)};
    char *kernel = oct_build_alloc(b, KERNEL_SIZE);
    if (!kernel)
        return oct_fail_memory(err, "a first layer", KERNEL_SIZE);
    snprintf(kernel, KERNEL_SIZE, "%s on pixels", oct_conv_f32_select(oct_build_cpu(b))->describe(&c->shape));
    oct_build_step(b, &(oct_step_desc){.kind = &oct_step_pixel_conv, .params = c, .n_params = sizeof *c, .operands = operands,
                                       .n_operands = OCT_PIXEL_CONV_N_OPERANDS, .n_out = 1, .kernel = kernel,
                                       .macs = (uint64_t)oct_value_elems(oct_node_out(g, n, 0)) *
                                               (uint64_t)(p->C / c->group * c->shape.KH * c->shape.KW)});
    return OCTET_OK;
}
