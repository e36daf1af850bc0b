/* Building the step of the integer convolutions and matrix products.
 * SPDX-License-Identifier: Apache-2.0 */
#include "providers/float/int_product.h"

#include <stdlib.h>

#include "steps/conv_int.h"

oct_int_sources oct_int_get_sources(const oct_graph *g, const oct_int_product *p)
{
    return (oct_int_sources){oct_graph_value(g, p->w), oct_graph_value(g, p->w_zero), oct_graph_value(g, p->bias),
                             oct_graph_value(g, p->x_scale), oct_graph_value(g, p->w_scale),
                             oct_graph_value(g, p->y_scale)};
}

static bool known(const oct_value *v)
{
    return !v || v->data;
}

bool oct_int_sources_known(const oct_int_sources *s)
{
    return known(s->w) && known(s->w_zero) && known(s->bias) && known(s->x_scale) && known(s->w_scale) &&
           known(s->y_scale);
}

int64_t oct_int_bias_bound(const oct_value *bias)
{
    int64_t most = 0;
    if (!known(bias))
        return (int64_t)1 << 31;
    for (int64_t i = 0; bias && i < oct_value_elems(bias); i++) {
        int64_t v = llabs(oct_const_int(bias, i));
        most = v > most ? v : most;
    }
    return most;
}

oct_conv_int_weights oct_int_weights(const oct_int_sources *s, const oct_int_product *p, int64_t w_at)
{
    return (oct_conv_int_weights){
        .w = (const uint8_t *)s->w->data + w_at, .stride_o = p->stride_o, .stride_i = p->stride_i,
        .w_zero = s->w_zero ? s->w_zero->data : NULL, .bias = s->bias ? s->bias->data : NULL,
        .x_scale = s->x_scale ? s->x_scale->data : NULL, .w_scale = s->w_scale ? s->w_scale->data : NULL,
        .y_scale = s->y_scale ? s->y_scale->data : NULL,
        .zero_per_oc = p->zero_per_oc, .scale_per_oc = p->scale_per_oc, .double_mult = p->double_mult,
    };
}

/* Largest |w - w_zero|: 128 for the usual symmetric int8 weights. */
static int64_t weight_bound(const oct_int_sources *s)
{
    if (s->w->dtype != OCTET_I8 || !known(s->w_zero))
        return 255;
    for (int64_t i = 0; s->w_zero && i < oct_value_elems(s->w_zero); i++)
        if (oct_const_int(s->w_zero, i) != 0)
            return 255;
    return 128;
}

static bool needs_wide(const oct_conv_int_shape *s, const oct_int_sources *src)
{
    int64_t K = (int64_t)(s->C / s->G) * s->KH * s->KW;
    return K * 255 * weight_bound(src) + oct_int_bias_bound(src->bias) > INT32_MAX;
}

/* Context of fill_packed. */
typedef struct packing {
    oct_conv_int_step params;
    oct_int_product product;
    oct_int_sources src;
    const oct_graph *graph;
} packing;

static void fill_packed(void *dst, void *context)
{
    const packing *c = context;
    const oct_conv_int_step *p = &c->params;
    const oct_int_sources *s = &c->src;
    const int64_t w_elems = oct_conv_int_matrix(&p->shape), n = oct_value_elems(s->w) / w_elems;
    for (int64_t i = 0; i < n; i++) {
        oct_conv_int_weights w = oct_int_weights(s, &c->product, i * w_elems);
        oct_conv_int_pack((uint8_t *)dst + (size_t)i * oct_conv_int_packed_matrix(&p->shape), &p->shape, &w);
    }
    oct_build_drop(c->graph, s->w->data, oct_value_bytes(s->w));
}

static oct_conv_int_step make_params(const oct_int_product *p, const oct_int_sources *src)
{
    oct_conv_int_step q = {
        .shape = p->shape,
        .dynamic = !oct_int_sources_known(src),
        .zero_per_oc = p->zero_per_oc,
        .scale_per_oc = p->scale_per_oc,
        .stride_o = p->stride_o,
        .stride_i = p->stride_i,
        .batch = p->batch,
    };
    q.batch.n_arrays = 3;
    q.shape.wide = needs_wide(&q.shape, src);
    return q;
}

octet_status oct_int_product_build(oct_builder *b, const oct_int_product *p, oct_value_id y, octet_error *err)
{
    const oct_graph *g = oct_build_graph(b);
    oct_int_product narrow = *p;
    if (oct_u8s8_product_takes(g, &narrow))
        return oct_u8s8_product_build(b, &narrow, y, err);
    packing *c = oct_build_alloc(b, sizeof *c);
    if (!c)
        return oct_fail_memory(err, "packed weights", sizeof *c);
    c->graph = g;
    c->product = *p;
    c->src = oct_int_get_sources(g, p);
    c->params = make_params(p, &c->src);
    const oct_conv_int_step *q = &c->params;
    const int64_t w_elems = oct_conv_int_matrix(&q->shape);
    const size_t n_matrices = (size_t)(oct_value_elems(c->src.w) / w_elems), n_packed = oct_conv_int_packed_matrix(&q->shape);
    oct_ref operands[OCT_CONV_INT_N_OPERANDS] = {
        [OCT_CONV_INT_Y] = oct_build_value(b, y),
        [OCT_CONV_INT_X] = oct_build_value(b, p->x),
        [OCT_CONV_INT_PACKED] = q->dynamic ? oct_build_temp(b, n_packed)
                                           : oct_build_const(b, n_packed * n_matrices, fill_packed, c),
        [OCT_CONV_INT_IMAGE] = oct_build_temp(b, oct_conv_int_image_size(&q->shape)),
        [OCT_CONV_INT_X_ZERO] = oct_build_value(b, p->x_zero),
        [OCT_CONV_INT_Y_ZERO] = oct_build_value(b, p->y_zero),
    };
    const oct_value_id packed_at_run_time[] = {p->w, p->w_zero, p->bias, p->x_scale, p->w_scale, p->y_scale};
    for (int i = OCT_CONV_INT_W; i < OCT_CONV_INT_N_OPERANDS; i++)
        operands[i] = q->dynamic ? oct_build_value(b, packed_at_run_time[i - OCT_CONV_INT_W]) : OCT_NO_REF;
    oct_build_step(b, &(oct_step_desc){
        .kind = &oct_step_conv_int,
        .params = q,
        .n_params = sizeof *q,
        .operands = operands,
        .n_operands = OCT_CONV_INT_N_OPERANDS,
        .n_out = 1,
        .macs = (uint64_t)oct_value_elems(oct_graph_value(g, y)) * (uint64_t)(w_elems / q->shape.OC),
    });
    return OCTET_OK;
}
