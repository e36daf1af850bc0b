/* Copies one after the other, each shared out among the threads.
 * SPDX-License-Identifier: Apache-2.0 */
#include "steps/copy.h"

typedef struct move_task {
    oct_copy_fn run;
    const oct_copy *copy;
    void *dst;
    const void *src;
} move_task;

static void run_item(void *context, size_t item, int worker)
{
    const move_task *t = context;
    (void)worker;
    t->run(t->copy, t->dst, t->src, item);
}

static void run_moves(const oct_step_args *a)
{
    const oct_moves *m = a->params;
    oct_copy_fn run = oct_copy_select(a->cpu);
    for (int32_t i = 0; i < m->n; i++) {
        const oct_move *v = &m->moves[i];
        move_task task = {run, &v->copy, a->operands[v->dst], a->operands[v->src]};
        oct_pool_run(a->pool, (size_t)v->copy.cut.n_items, run_item, &task);
    }
}

const oct_step_kind oct_step_copy = {.name = "copy", .run = run_moves};
