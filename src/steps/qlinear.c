/* Running the QLinear operators.
 * SPDX-License-Identifier: Apache-2.0 */
#include "steps/qlinear.h"

/* Operand i is a scale, the next one its zero point. */
static oct_qlinear_scale get_scale(const oct_step_args *a, int i)
{
    return (oct_qlinear_scale){a->operands[i], a->operands[i + 1]};
}

/* ---- add, mul ---- */

typedef struct add_task {
    oct_qlinear_add_fn run;
    oct_qlinear_add_args args;
} add_task;

static void run_add_item(void *context, size_t item, int worker)
{
    const add_task *t = context;
    (void)worker;
    t->run(&t->args, item);
}

static void run_pairs(const oct_step_args *a, oct_qlinear_add_fn run)
{
    const oct_qlinear_add_step *p = a->params;
    add_task task = {run,
                     {&p->add, a->operands[OCT_QLINEAR_ADD_A], a->operands[OCT_QLINEAR_ADD_B],
                      a->operands[OCT_QLINEAR_ADD_Y], get_scale(a, OCT_QLINEAR_ADD_A_SCALE),
                      get_scale(a, OCT_QLINEAR_ADD_B_SCALE), get_scale(a, OCT_QLINEAR_ADD_Y_SCALE)}};
    oct_pool_run(a->pool, (size_t)p->add.cut.n_items, run_add_item, &task);
}

static void run_add(const oct_step_args *a)
{
    run_pairs(a, oct_qlinear_add_select(a->cpu));
}

static void run_mul(const oct_step_args *a)
{
    run_pairs(a, oct_qlinear_mul_select(a->cpu));
}

const oct_step_kind oct_step_qlinear_mul = {.name = "qlinear_mul", .run = run_mul};
const oct_step_kind oct_step_qlinear_add = {.name = "qlinear_add", .run = run_add};

/* ---- global average ---- */

typedef struct average_task {
    oct_qlinear_average_fn run;
    oct_qlinear_average_args args;
} average_task;

static void run_average_item(void *context, size_t item, int worker)
{
    const average_task *t = context;
    (void)worker;
    t->run(&t->args, item);
}

static void run_average(const oct_step_args *a)
{
    const oct_qlinear_average_step *p = a->params;
    average_task task = {oct_qlinear_average_select(a->cpu),
                         {&p->average, a->operands[OCT_QLINEAR_AVERAGE_X], a->operands[OCT_QLINEAR_AVERAGE_Y],
                          get_scale(a, OCT_QLINEAR_AVERAGE_X_SCALE), get_scale(a, OCT_QLINEAR_AVERAGE_Y_SCALE)}};
    oct_pool_run(a->pool, oct_qlinear_average_n_items(&p->average), run_average_item, &task);
}

const oct_step_kind oct_step_qlinear_average = {.name = "qlinear_average", .run = run_average};

/* ---- average of windows ---- */

typedef struct pool_task {
    oct_qlinear_pool_fn run;
    oct_qlinear_pool_args args;
} pool_task;

static void run_pool_item(void *context, size_t item, int worker)
{
    const pool_task *t = context;
    (void)worker;
    t->run(&t->args, item);
}

static void run_pool(const oct_step_args *a)
{
    const oct_qlinear_pool_step *p = a->params;
    pool_task task = {oct_qlinear_pool_select(a->cpu),
                      {&p->pool, a->operands[OCT_QLINEAR_AVERAGE_X], a->operands[OCT_QLINEAR_AVERAGE_Y],
                       get_scale(a, OCT_QLINEAR_AVERAGE_X_SCALE), get_scale(a, OCT_QLINEAR_AVERAGE_Y_SCALE)}};
    oct_pool_run(a->pool, oct_window_n_items(&p->pool.shape), run_pool_item, &task);
}

const oct_step_kind oct_step_qlinear_pool = {.name = "qlinear_pool", .run = run_pool};

/* ---- tables, concat ---- */

typedef struct lookup_task {
    oct_qlinear_lookup_fn run;
    oct_qlinear_lookup_args args;
} lookup_task;

static void run_lookup_item(void *context, size_t item, int worker)
{
    const lookup_task *t = context;
    (void)worker;
    t->run(&t->args, item);
}

static void look_up(const oct_step_args *a, const oct_qlinear_lookup_args *args)
{
    lookup_task task = {oct_qlinear_lookup_select(a->cpu), *args};
    oct_pool_run(a->pool, (size_t)args->cut->n_items, run_lookup_item, &task);
}

static void run_table(const oct_step_args *a)
{
    const oct_table_step *p = a->params;
    look_up(a, &(oct_qlinear_lookup_args){&p->nd, &p->cut, a->operands[OCT_TABLE_TABLE], a->operands[OCT_TABLE_X],
                                          a->operands[OCT_TABLE_Y]});
}

const oct_step_kind oct_step_table = {.name = "table", .run = run_table};

static void run_concat(const oct_step_args *a)
{
    const oct_qlinear_concat_step *p = a->params;
    oct_qlinear_scale y_scale = get_scale(a, OCT_QLINEAR_CONCAT_Y_SCALE);
    for (int32_t i = 0; i < p->n; i++) {
        const oct_qlinear_concat_part *part = &p->parts[i];
        const int x = OCT_QLINEAR_CONCAT_X + 3 * i;
        oct_qlinear_scale x_scale = get_scale(a, x + 1);
        uint8_t table[256];
        oct_qlinear_table(table, &x_scale, part->x_signed, &y_scale, p->y_signed);
        look_up(a, &(oct_qlinear_lookup_args){&part->nd, &part->cut, table, a->operands[x],
                                              a->operands[OCT_QLINEAR_CONCAT_Y]});
    }
}

const oct_step_kind oct_step_qlinear_concat = {.name = "qlinear_concat", .run = run_concat};
