/* Running the quantizers.
 * SPDX-License-Identifier: Apache-2.0 */
#include "steps/quantize.h"

typedef struct quant_task {
    oct_quant_fn run;
    oct_quant_args args;
} quant_task;

static void run_item(void *context, size_t item, int worker)
{
    const quant_task *t = context;
    (void)worker;
    t->run(&t->args, item);
}

static void run_boxes(const oct_step_args *a, oct_quant_fn run)
{
    const oct_quantize_step *p = a->params;
    for (int32_t i = 0; i < p->n_boxes; i++) {
        quant_task task = {run, {&p->boxes[i], a->operands[OCT_QUANTIZE_X], a->operands[OCT_QUANTIZE_Y],
                                 a->operands[OCT_QUANTIZE_SCALE], a->operands[OCT_QUANTIZE_ZERO]}};
        oct_pool_run(a->pool, (size_t)p->boxes[i].cut.n_items, run_item, &task);
    }
}

static void run_quantize(const oct_step_args *a)
{
    run_boxes(a, oct_quantize_select(a->cpu));
}

static void run_dequantize(const oct_step_args *a)
{
    run_boxes(a, oct_dequantize_select(a->cpu));
}

static void run_dynamic(const oct_step_args *a)
{
    const oct_quantize_step *p = a->params;
    const oct_nd *nd = &p->boxes[0].nd;
    float min, max, *scale = a->operands[OCT_DYNAMIC_SCALE];
    uint8_t *zero = a->operands[OCT_DYNAMIC_ZERO];
    oct_range_f32(a->operands[OCT_DYNAMIC_X], (size_t)oct_nd_count(nd, nd->rank), &min, &max);
    oct_dynamic_scale(min, max, scale, zero);
    quant_task task = {oct_quantize_select(a->cpu),
                       {&p->boxes[0], a->operands[OCT_DYNAMIC_X], a->operands[OCT_DYNAMIC_Y], scale, zero}};
    oct_pool_run(a->pool, (size_t)p->boxes[0].cut.n_items, run_item, &task);
}

const oct_step_kind oct_step_quantize = {.name = "quantize", .run = run_quantize};
const oct_step_kind oct_step_dequantize = {.name = "dequantize", .run = run_dequantize};
const oct_step_kind oct_step_dynamic_quantize = {.name = "dynamic_quantize", .run = run_dynamic};
