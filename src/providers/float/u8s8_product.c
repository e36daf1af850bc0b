/* The step of the integer convolutions and matrix products whose weights are known and fit int8: kernels/conv_u8s8.h.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/compiler.h"
#include "kernels/conv_u8s8.h"
#include "providers/float/int_product.h"

enum { Y, X, PACKED, N_OPERANDS };

typedef struct product_params {
    oct_conv_int_shape shape;
    int32_t level, y_zero;
    int64_t w_elems;       /* of one weight matrix */
    uint64_t packed_bytes; /* of one packed weight matrix */
    oct_nd batch;          /* strides of y, x, w in elements */
} product_params;

typedef struct product_task {
    const oct_conv_u8s8 *record;
    oct_conv_u8s8_args args;
} product_task;

static void run_item(void *context, size_t item, int worker)
{
    const product_task *t = context;
    (void)worker;
    t->record->run(&t->args, item);
}

static void run_product(const oct_step_args *a)
{
    const product_params *p = a->params;
    const oct_conv_u8s8 *record = oct_conv_u8s8_select((oct_cpu_level)p->level);
    int64_t n = oct_nd_count(&p->batch, p->batch.rank);
    oct_nd_walk at;
    oct_nd_walk_init(&at, &p->batch, p->batch.rank, 0);
    for (int64_t i = 0; i < n; i++, oct_nd_walk_next(&at)) {
        const uint64_t w_at = (uint64_t)(at.at[2] / p->w_elems) * p->packed_bytes;
        product_task task = {record, {&p->shape, (const uint8_t *)a->operands[X] + at.at[1],
                                      (const uint8_t *)a->operands[PACKED] + w_at, p->y_zero,
                                      (uint8_t *)a->operands[Y] + at.at[0]}};
        oct_pool_run(a->pool, record->n_items(&p->shape), run_item, &task);
    }
}

static const oct_step_kind product_kind = {"conv_u8s8", run_product};

/* ---- lowering ---- */

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
    if (!s.y_scale || !oct_int_sources_known(&s) || !known_zero(g, p->x_zero, &zero) || !known_zero(g, p->y_zero, &zero))
        return false;
    weight_range(&s, p, &least, &most);
    p->shape.wide_weights = least < -128 || most > 127;
    return least >= -255 && most <= 254 && K * 255 * oct_max64(-least, most) + oct_int_bias_bound(s.bias) <= INT32_MAX &&
           oct_conv_u8s8_takes(&p->shape);
}

/* Context of fill_packed. */
typedef struct packing {
    product_params params;
    oct_int_product product;
    oct_int_sources src;
    int32_t x_zero;
    const oct_graph *graph;
} packing;

static void fill_packed(void *dst, void *context)
{
    const packing *c = context;
    const product_params *q = &c->params;
    const int64_t n = oct_value_elems(c->src.w) / q->w_elems;
    for (int64_t i = 0; i < n; i++) {
        const oct_conv_int_weights w = oct_int_weights(&c->src, &c->product, i * q->w_elems);
        oct_conv_u8s8_select((oct_cpu_level)q->level)
            ->pack((uint8_t *)dst + (uint64_t)i * q->packed_bytes, &q->shape,
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
    *c = (packing){.product = *p, .src = oct_int_get_sources(g, p), .graph = g};
    product_params *q = &c->params;
    const oct_conv_u8s8 *record = oct_conv_u8s8_select(oct_build_cpu(b));
    q->shape = p->shape;
    q->level = (int32_t)oct_build_cpu(b);
    q->w_elems = (int64_t)p->shape.OC * (p->shape.C / p->shape.G) * p->shape.KH * p->shape.KW;
    q->packed_bytes = oct_round_up(record->packed_size(&q->shape), OCT_CACHE_LINE);
    q->batch = p->batch;
    q->batch.n_arrays = 3;
    known_zero(g, p->x_zero, &c->x_zero);
    known_zero(g, p->y_zero, &q->y_zero);
    const size_t n_matrices = (size_t)(oct_value_elems(c->src.w) / q->w_elems);
    const oct_ref operands[N_OPERANDS] = {
        [Y] = oct_build_value(b, y), [X] = oct_build_value(b, p->x),
        [PACKED] = oct_build_const(b, q->packed_bytes * n_matrices, fill_packed, c),
    };
    oct_build_step(b, &(oct_step_desc){
        .kind = &product_kind,
        .params = q,
        .n_params = sizeof *q,
        .operands = operands,
        .n_operands = N_OPERANDS,
        .n_out = 1,
        .kernel = record->describe(&q->shape),
        .macs = (uint64_t)oct_value_elems(oct_graph_value(g, y)) * (uint64_t)(q->w_elems / q->shape.OC),
    });
    return OCTET_OK;
}
