/* Building the step of the integer convolutions and matrix products that kernels/conv_u8s8.h takes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "providers/float/int_product.h"
#include "steps/conv_int.h"
#include "steps/conv_u8s8.h"
#include "tuning/table.h"

/* Smallest and largest w - w_zero; -128..127 without looking for the usual zero points. */
static void weight_range(const oct_int_sources *s, const oct_int_product *p, int64_t *least, int64_t *most)
{
    const int64_t n_zeros = s->w_zero ? oct_value_elems(s->w_zero) : 0, middle = s->w->dtype == OCTET_I8 ? 0 : 128;
    const int64_t n = oct_value_elems(s->w), K = (int64_t)(p->shape.C / p->shape.G) * p->shape.KH * p->shape.KW;
    bool all_middle = n_zeros > 0 || middle == 0;
    for (int64_t o = 0; o < n_zeros; o++)
        all_middle = all_middle && oct_const_int(s->w_zero, o) == middle;
    *least = -128;
    *most = 127;
    for (int64_t i = 0; i < n && !all_middle; i++) {
        const int64_t o = p->stride_o == 1 ? i % p->shape.OC : i / K % p->shape.OC;
        const int64_t zero = n_zeros == 0 ? 0 : oct_const_int(s->w_zero, n_zeros > 1 ? o : 0);
        const int64_t v = oct_const_int(s->w, i) - zero;
        *least = v < *least ? v : *least;
        *most = v > *most ? v : *most;
    }
}

/* The zero point, 0 if there is none; false if it is not known. */
static bool known_zero(const oct_graph *g, oct_value_id id, int32_t *zero)
{
    const oct_value *v = oct_graph_value(g, id);
    *zero = v && v->data ? (int32_t)oct_const_int(v, 0) : 0;
    return !v || v->data;
}

bool oct_u8s8_product_takes(const oct_graph *g, oct_int_product *p)
{
    const oct_int_sources s = oct_int_get_sources(g, p);
    const int64_t K = (int64_t)(p->shape.C / p->shape.G) * p->shape.KH * p->shape.KW;
    int32_t zero;
    int64_t least, most;
    if ((!s.y_scale && p->shape.out != OCT_CONV_INT_I32) || !oct_int_sources_known(&s) || !known_zero(g, p->x_zero, &zero) || !known_zero(g, p->y_zero, &zero))
        return false;
    weight_range(&s, p, &least, &most);
    p->shape.wide_weights = least < -128 || most > 127;
    return least >= -255 && most <= 254 && K * 255 * oct_max64(-least, most) + oct_int_bias_bound(s.bias) <= INT32_MAX &&
           oct_conv_u8s8_takes(&p->shape);
}

/* Context of fill_packed. */
typedef struct packing {
    oct_conv_u8s8_step params;
    oct_cpu_level cpu;
    oct_int_product product;
    oct_int_sources src;
    int32_t x_zero;
    const oct_graph *graph;
} packing;

static void fill_packed(void *dst, void *context)
{
    const packing *c = context;
    const oct_conv_u8s8_step *q = &c->params;
    const int64_t w_elems = oct_conv_int_matrix(&q->shape);
    const size_t n_packed = oct_conv_u8s8_packed_matrix(&q->shape, c->cpu);
    for (int64_t i = 0; i < q->n_matrices; i++) {
        const oct_conv_int_weights w = oct_int_weights(&c->src, &c->product, i * w_elems);
        oct_conv_u8s8_select(c->cpu)->pack((uint8_t *)dst + (size_t)i * n_packed, &q->shape,
                                           &(oct_conv_u8s8_weights){.file = &w, .x_zero = c->x_zero});
    }
    oct_build_drop(c->graph, c->src.w->data, oct_value_bytes(c->src.w));
}

octet_status oct_u8s8_product_build(oct_builder *b, const oct_int_product *p, oct_value_id y, octet_error *err)
{
    const oct_graph *g = oct_build_graph(b);
    packing *c = oct_build_alloc(b, sizeof *c);
    if (!c)
        return oct_fail_memory(err, "packed weights", sizeof *c);
    *c = (packing){.cpu = oct_build_cpu(b), .product = *p, .src = oct_int_get_sources(g, p), .graph = g};
    oct_conv_u8s8_step *q = &c->params;
    const int64_t w_elems = oct_conv_int_matrix(&p->shape);
    *q = (oct_conv_u8s8_step){.shape = p->shape, .n_matrices = oct_value_elems(c->src.w) / w_elems, .batch = p->batch,
                              .store = p->store};
    q->batch.n_arrays = 3;
    q->shape.tile = oct_tuning_find(oct_build_tuning(b), c->cpu, &q->shape);
    known_zero(g, p->x_zero, &c->x_zero);
    known_zero(g, p->y_zero, &q->y_zero);
    const size_t n_packed = oct_conv_u8s8_packed_matrix(&q->shape, c->cpu);
    const oct_ref operands[OCT_CONV_U8S8_N_OPERANDS] = {
        [OCT_CONV_U8S8_Y] = oct_build_value(b, y),
        [OCT_CONV_U8S8_X] = oct_build_value(b, p->x),
        [OCT_CONV_U8S8_PACKED] = oct_build_const(b, n_packed * (size_t)q->n_matrices, fill_packed, c),
        [OCT_CONV_U8S8_RESIDUAL] = p->store.add ? oct_build_value(b, p->residual) : OCT_NO_REF,
    };
    oct_build_step(b, &(oct_step_desc){
        .kind = &oct_step_conv_u8s8,
        .params = q,
        .n_params = sizeof *q,
        .operands = operands,
        .n_operands = OCT_CONV_U8S8_N_OPERANDS,
        .n_out = 1,
        /* parts of vectors loaded right behind parts of vectors stored: the loads would wait for the stores */
        .inplace_input = p->store.add && p->shape.OC % 16 == 0 ? OCT_CONV_U8S8_RESIDUAL : 0,
        .macs = (uint64_t)oct_value_elems(oct_graph_value(g, y)) * (uint64_t)(w_elems / q->shape.OC),
    });
    return OCTET_OK;
}
