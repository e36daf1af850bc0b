/* Running copies by indices.
 * SPDX-License-Identifier: Apache-2.0 */
#include "steps/take.h"

static void run_item(void *context, size_t item, int worker)
{
    (void)worker;
    oct_take_run(context, item);
}

static void run_take(const oct_step_args *a)
{
    oct_take_args args = {a->params, a->operands[OCT_TAKE_TABLES], a->operands[OCT_TAKE_X], a->operands[OCT_TAKE_Y],
                          a->operands[OCT_TAKE_FILL]};
    oct_pool_run(a->pool, (size_t)args.take->n_items, run_item, &args);
}

const oct_step_kind oct_step_take = {.name = "take", .run = run_take};

static void run_gather(const oct_step_args *a)
{
    oct_gather_run(a->params, a->operands[OCT_GATHER_Y], a->operands[OCT_GATHER_X], a->operands[OCT_GATHER_INDICES]);
}

static void run_gather_elements(const oct_step_args *a)
{
    oct_gather_elements_run(a->params, a->operands[OCT_GATHER_Y], a->operands[OCT_GATHER_X], a->operands[OCT_GATHER_INDICES]);
}

const oct_step_kind oct_step_gather = {.name = "gather", .run = run_gather};
const oct_step_kind oct_step_gather_elements = {.name = "gather_elements", .run = run_gather_elements};
