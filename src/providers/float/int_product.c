/* The step of the integer convolutions and matrix products.
 * SPDX-License-Identifier: Apache-2.0 */
#include "providers/float/int_product.h"

#include <stdlib.h>

#include "base/compiler.h"

/* Operands; those from W on only where the step packs. */
enum { Y, X, PACKED, IMAGE, X_ZERO, Y_ZERO, W, W_ZERO, BIAS, X_SCALE, W_SCALE, Y_SCALE, N_OPERANDS };

typedef struct product_params {
    oct_conv_int_shape shape;
    int32_t level, dynamic, zero_per_oc, scale_per_oc;
    int64_t stride_o, stride_i, w_elems; /* of one weight matrix */
    uint64_t packed_bytes;               /* of one packed weight matrix */
    oct_nd batch;                        /* strides of y, x, w in elements */
} product_params;

typedef struct product_task {
    const oct_conv_int *record;
    oct_conv_int_args args;
} product_task;

static void run_widen(void *context, size_t item, int worker)
{
    const product_task *t = context;
    (void)worker;
    t->record->widen(&t->args, item);
}

static void run_item(void *context, size_t item, int worker)
{
    const product_task *t = context;
    (void)worker;
    t->record->run(&t->args, item);
}

/* Packed weights of the matrix that starts at element w_at. */
static const void *get_packed(const oct_step_args *a, int64_t w_at)
{
    const product_params *p = a->params;
    if (!p->dynamic)
        return (const uint8_t *)a->operands[PACKED] + (uint64_t)(w_at / p->w_elems) * p->packed_bytes;
    oct_conv_int_weights w = {
        .w = (const uint8_t *)a->operands[W] + w_at, .stride_o = p->stride_o, .stride_i = p->stride_i,
        .w_zero = a->operands[W_ZERO], .bias = a->operands[BIAS], .x_scale = a->operands[X_SCALE],
        .w_scale = a->operands[W_SCALE], .y_scale = a->operands[Y_SCALE],
        .zero_per_oc = p->zero_per_oc, .scale_per_oc = p->scale_per_oc,
    };
    oct_conv_int_pack(a->operands[PACKED], &p->shape, &w);
    return a->operands[PACKED];
}

static void run_product(const oct_step_args *a)
{
    const product_params *p = a->params;
    size_t y_size = p->shape.out == OCT_CONV_INT_I32 ? sizeof(int32_t) : 1;
    int64_t n = oct_nd_count(&p->batch, p->batch.rank);
    oct_nd_walk at;
    oct_nd_walk_init(&at, &p->batch, p->batch.rank, 0);
    for (int64_t i = 0; i < n; i++, oct_nd_walk_next(&at)) {
        product_task task = {
            .record = oct_conv_int_select((oct_cpu_level)p->level, &p->shape),
            .args = {.shape = &p->shape, .x = (const uint8_t *)a->operands[X] + at.at[1], .x_zero = a->operands[X_ZERO],
                     .image = a->operands[IMAGE], .packed = get_packed(a, at.at[2]), .y_zero = a->operands[Y_ZERO],
                     .y = (uint8_t *)a->operands[Y] + (size_t)at.at[0] * y_size},
        };
        oct_pool_run(a->pool, oct_conv_int_n_pieces(&p->shape), run_widen, &task);
        oct_pool_run(a->pool, oct_conv_int_n_items(&p->shape), run_item, &task);
    }
}

static const oct_step_kind product_kind = {"conv_int", run_product};

/* ---- lowering ---- */

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
        .zero_per_oc = p->zero_per_oc, .scale_per_oc = p->scale_per_oc,
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
    product_params params;
    oct_int_product product;
    oct_int_sources src;
    const oct_graph *graph;
} packing;

static void fill_packed(void *dst, void *context)
{
    const packing *c = context;
    const product_params *p = &c->params;
    const oct_int_sources *s = &c->src;
    int64_t n = oct_value_elems(s->w) / p->w_elems;
    for (int64_t i = 0; i < n; i++) {
        oct_conv_int_weights w = oct_int_weights(s, &c->product, i * p->w_elems);
        oct_conv_int_pack((uint8_t *)dst + (uint64_t)i * p->packed_bytes, &p->shape, &w);
    }
    oct_build_drop(c->graph, s->w->data, oct_value_bytes(s->w));
}

static product_params make_params(oct_builder *b, const oct_int_product *p, const oct_int_sources *src)
{
    product_params q = {
        .shape = p->shape,
        .level = (int32_t)oct_build_cpu(b),
        .dynamic = !oct_int_sources_known(src),
        .zero_per_oc = p->zero_per_oc,
        .scale_per_oc = p->scale_per_oc,
        .stride_o = p->stride_o,
        .stride_i = p->stride_i,
        .w_elems = (int64_t)p->shape.OC * (p->shape.C / p->shape.G) * p->shape.KH * p->shape.KW,
        .batch = p->batch,
    };
    q.batch.n_arrays = 3;
    q.shape.wide = needs_wide(&q.shape, src);
    q.packed_bytes = oct_round_up(oct_conv_int_packed_size(&q.shape), 64);
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
    c->params = make_params(b, p, &c->src);
    const product_params *q = &c->params;
    size_t n_matrices = (size_t)(oct_value_elems(c->src.w) / q->w_elems);
    oct_ref operands[N_OPERANDS] = {
        [Y] = oct_build_value(b, y), [X] = oct_build_value(b, p->x),
        [PACKED] = q->dynamic ? oct_build_temp(b, q->packed_bytes)
                              : oct_build_const(b, q->packed_bytes * n_matrices, fill_packed, c),
        [IMAGE] = oct_build_temp(b, oct_conv_int_image_size(&q->shape)),
        [X_ZERO] = oct_build_value(b, p->x_zero), [Y_ZERO] = oct_build_value(b, p->y_zero),
    };
    const oct_value_id packed_at_run_time[] = {p->w, p->w_zero, p->bias, p->x_scale, p->w_scale, p->y_scale};
    for (int i = W; i < N_OPERANDS; i++)
        operands[i] = q->dynamic ? oct_build_value(b, packed_at_run_time[i - W]) : OCT_NO_REF;
    oct_build_step(b, &(oct_step_desc){
        .kind = &product_kind,
        .params = q,
        .n_params = sizeof *q,
        .operands = operands,
        .n_operands = N_OPERANDS,
        .n_out = 1,
        .kernel = oct_conv_int_select((oct_cpu_level)q->level, &q->shape)->name,
        .macs = (uint64_t)oct_value_elems(oct_graph_value(g, y)) * (uint64_t)(q->w_elems / q->shape.OC),
    });
    return OCTET_OK;
}
