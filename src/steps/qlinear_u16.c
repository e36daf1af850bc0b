/* Running the QLinear operators on 16 bits.
 * SPDX-License-Identifier: Apache-2.0 */
#include "steps/qlinear_u16.h"

typedef struct add_task {
    oct_qlinear_u16_add_fn run;
    oct_qlinear_u16_add_args args;
} add_task;

static void run_add_item(void *context, size_t item, int worker)
{
    const add_task *t = context;
    (void)worker;
    t->run(&t->args, item);
}

static void run_add(const oct_step_args *a)
{
    const oct_qlinear_u16_add_step *p = a->params;
    add_task task = {oct_qlinear_u16_add_select(a->cpu),
                     {&p->add, a->operands[OCT_QLINEAR_U16_ADD_A], a->operands[OCT_QLINEAR_U16_ADD_B],
                      a->operands[OCT_QLINEAR_U16_ADD_Y]}};
    oct_pool_run(a->pool, (size_t)p->add.cut.n_items, run_add_item, &task);
}

const oct_step_kind oct_step_qlinear_u16_add = {.name = "qlinear_u16_add", .run = run_add};

typedef struct average_task {
    oct_qlinear_u16_average_fn run;
    oct_qlinear_u16_average_args args;
} average_task;

static void run_average_item(void *context, size_t item, int worker)
{
    const average_task *t = context;
    (void)worker;
    t->run(&t->args, item);
}

static void run_average(const oct_step_args *a)
{
    const oct_qlinear_u16_average_step *p = a->params;
    average_task task = {oct_qlinear_u16_average_select(a->cpu),
                         {&p->average, a->operands[OCT_QLINEAR_U16_AVERAGE_X], a->operands[OCT_QLINEAR_U16_AVERAGE_Y]}};
    oct_pool_run(a->pool, oct_qlinear_average_n_items(&p->average.shape), run_average_item, &task);
}

const oct_step_kind oct_step_qlinear_u16_average = {.name = "qlinear_u16_average", .run = run_average};
