/* Building the step of the convolutions and matrix products on 16 bits, which kernels/conv_u16.h takes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "providers/float/int_product.h"
#include "providers/float/lower.h"
#include "steps/conv_int.h"
#include "steps/conv_u16.h"

/* Sets shape.wide_weights; false if some w - w_zero is no int16. */
static bool weights_fit(const oct_int_sources *s, oct_int_product *p)
{
    const int64_t n_zeros = s->w_zero ? oct_value_elems(s->w_zero) : 0, n = oct_value_elems(s->w);
    const int64_t K = n / p->shape.OC;
    int64_t least = 0, most = 0;
    for (int64_t i = 0; i < n; i++) {
        const int64_t o = p->stride_o == 1 ? i % p->shape.OC : i / K;
        const int64_t v = oct_const_int(s->w, i) - (n_zeros == 0 ? 0 : oct_const_int(s->w_zero, n_zeros > 1 ? o : 0));
        least = oct_min64(least, v);
        most = oct_max64(most, v);
    }
    p->shape.wide_weights = least < -128 || most > 127;
    return least >= -32768 && most <= 32767;
}

static const void *data_of(const oct_value *v)
{
    return v ? v->data : NULL;
}

/* Context of fill_packed. */
typedef struct packing {
    oct_conv_u16_step params;
    oct_cpu_level cpu;
    oct_conv_u16_file file;
    const oct_graph *graph;
    const oct_value *w;
} packing;

static void fill_packed(void *dst, void *context)
{
    const packing *c = context;
    oct_conv_u16_select(c->cpu)->pack(dst, &c->params.shape, &(oct_conv_u16_weights){.file = &c->file});
    oct_build_drop(c->graph, c->w->data, oct_value_bytes(c->w));
}

static oct_conv_u16_file get_file(const oct_int_sources *s, const oct_int_product *p, const oct_value *x_zero)
{
    return (oct_conv_u16_file){
        .w = s->w->data, .dtype = s->w->dtype, .stride_o = p->stride_o, .stride_i = p->stride_i,
        .w_zero = data_of(s->w_zero), .bias = data_of(s->bias), .x_scale = s->x_scale->data,
        .y_scale = s->y_scale->data, .w_scale = s->w_scale->data, .zero_per_oc = p->zero_per_oc,
        .scale_per_oc = p->scale_per_oc, .x_zero = x_zero ? (int32_t)oct_const_int(x_zero, 0) : 0,
    };
}

octet_status oct_u16_product_build(oct_builder *b, const oct_node *n, oct_int_product *p, octet_error *err)
{
    const oct_graph *g = oct_build_graph(b);
    const oct_int_sources s = oct_int_get_sources(g, p);
    const oct_value *x_zero = oct_graph_value(g, p->x_zero), *y_zero = oct_graph_value(g, p->y_zero);
    if (!oct_int_sources_known(&s) || (x_zero && !x_zero->data) || (y_zero && !y_zero->data) || p->batch.rank > 0)
        return oct_lower_refuse(n, err, "weights, scales and zero points of 16-bit products must be constants");
    if (!weights_fit(&s, p) || !oct_conv_u16_takes(&p->shape))
        return oct_lower_refuse(n, err, "16-bit products of more than %d terms, of weights beyond int16, or with more than "
                                "256 kinds of borders", OCT_CONV_U16_MAX_K);
    packing *c = oct_build_alloc(b, sizeof *c);
    if (!c)
        return oct_fail_memory(err, "packed weights", sizeof *c);
    *c = (packing){.params = {.shape = p->shape, .y_zero = y_zero ? (int32_t)oct_const_int(y_zero, 0) : 0},
                   .cpu = oct_build_cpu(b), .file = get_file(&s, p, x_zero), .graph = g, .w = s.w};
    const oct_ref operands[OCT_CONV_U16_N_OPERANDS] = {
        [OCT_CONV_U16_Y] = oct_build_value(b, n->out[0]),
        [OCT_CONV_U16_X] = oct_build_value(b, p->x),
        [OCT_CONV_U16_PACKED] = oct_build_const(b, oct_conv_u16_select(c->cpu)->packed_size(&p->shape), fill_packed, c),
    };
    oct_build_step(b, &(oct_step_desc){
        .kind = &oct_step_conv_u16,
        .params = &c->params,
        .n_params = sizeof c->params,
        .operands = operands,
        .n_operands = OCT_CONV_U16_N_OPERANDS,
        .n_out = 1,
        .macs = (uint64_t)oct_value_elems(oct_node_out(g, n, 0)) *
                (uint64_t)(oct_conv_int_matrix(&p->shape) / p->shape.OC),
    });
    return OCTET_OK;
}
