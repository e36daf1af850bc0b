/* Running LRN.
 * SPDX-License-Identifier: Apache-2.0 */
#include "steps/lrn.h"

typedef struct lrn_task {
    oct_lrn_fn run;
    oct_lrn_args args;
} lrn_task;

static void run_item(void *context, size_t item, int worker)
{
    const lrn_task *t = context;
    (void)worker;
    t->run(&t->args, item);
}

static void run_lrn(const oct_step_args *a)
{
    const oct_lrn_step *p = a->params;
    lrn_task task = {oct_lrn_select(a->cpu), {&p->shape, a->operands[OCT_LRN_X], a->operands[OCT_LRN_Y]}};
    oct_pool_run(a->pool, oct_lrn_n_items(&p->shape), run_item, &task);
}

const oct_step_kind oct_step_lrn = {.name = "lrn_f32", .run = run_lrn};
