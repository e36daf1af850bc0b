/* Running integer convolutions and matrix products.
 * SPDX-License-Identifier: Apache-2.0 */
#include "steps/conv_int.h"

#include "base/compiler.h"

int64_t oct_conv_int_matrix(const oct_conv_int_shape *s)
{
    return (int64_t)s->OC * (s->C / s->G) * s->KH * s->KW;
}

size_t oct_conv_int_packed_matrix(const oct_conv_int_shape *s)
{
    return (size_t)oct_round_up(oct_conv_int_packed_size(s), OCT_CACHE_LINE);
}

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
    const oct_conv_int_step *p = a->params;
    if (!p->dynamic) {
        const size_t matrix = (size_t)(w_at / oct_conv_int_matrix(&p->shape));
        return (const uint8_t *)a->operands[OCT_CONV_INT_PACKED] + matrix * oct_conv_int_packed_matrix(&p->shape);
    }
    oct_conv_int_weights w = {
        .w = (const uint8_t *)a->operands[OCT_CONV_INT_W] + w_at, .stride_o = p->stride_o, .stride_i = p->stride_i,
        .w_zero = a->operands[OCT_CONV_INT_W_ZERO], .bias = a->operands[OCT_CONV_INT_BIAS],
        .x_scale = a->operands[OCT_CONV_INT_X_SCALE], .w_scale = a->operands[OCT_CONV_INT_W_SCALE],
        .y_scale = a->operands[OCT_CONV_INT_Y_SCALE],
        .zero_per_oc = p->zero_per_oc, .scale_per_oc = p->scale_per_oc,
    };
    oct_conv_int_pack(a->operands[OCT_CONV_INT_PACKED], &p->shape, &w);
    return a->operands[OCT_CONV_INT_PACKED];
}

static void run_product(const oct_step_args *a)
{
    const oct_conv_int_step *p = a->params;
    size_t y_size = p->shape.out == OCT_CONV_INT_I32 ? sizeof(int32_t) : 1;
    int64_t n = oct_nd_count(&p->batch, p->batch.rank);
    oct_nd_walk at;
    oct_nd_walk_init(&at, &p->batch, p->batch.rank, 0);
    for (int64_t i = 0; i < n; i++, oct_nd_walk_next(&at)) {
        product_task task = {
            .record = oct_conv_int_select(a->cpu, &p->shape),
            .args = {.shape = &p->shape, .x = (const uint8_t *)a->operands[OCT_CONV_INT_X] + at.at[1],
                     .x_zero = a->operands[OCT_CONV_INT_X_ZERO], .image = a->operands[OCT_CONV_INT_IMAGE],
                     .packed = get_packed(a, at.at[2]), .y_zero = a->operands[OCT_CONV_INT_Y_ZERO],
                     .y = (uint8_t *)a->operands[OCT_CONV_INT_Y] + (size_t)at.at[0] * y_size},
        };
        oct_pool_run(a->pool, oct_conv_int_n_pieces(&p->shape), run_widen, &task);
        oct_pool_run(a->pool, oct_conv_int_n_items(&p->shape), run_item, &task);
    }
}

static void need_product(const void *params, oct_cpu_level cpu, oct_step_need *need)
{
    const oct_conv_int_step *p = params;
    *need = (oct_step_need){.kernel = oct_conv_int_select(cpu, &p->shape)->name};
}

const oct_step_kind oct_step_conv_int = {.name = "conv_int", .run = run_product, .need = need_product};
