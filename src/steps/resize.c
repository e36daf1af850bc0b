/* Running Resize.
 * SPDX-License-Identifier: Apache-2.0 */
#include "steps/resize.h"

typedef struct resize_task {
    oct_resize_fn run;
    oct_resize_args args;
} resize_task;

static void run_item(void *context, size_t item, int worker)
{
    const resize_task *t = context;
    (void)worker;
    t->run(&t->args, item);
}

static void run_resize(const oct_step_args *a)
{
    const oct_resize_step *p = a->params;
    const int32_t *tables = a->operands[OCT_RESIZE_TABLES];
    const float *x = a->operands[OCT_RESIZE_X];
    for (int32_t i = 0; i < p->n_passes; i++) {
        const oct_resize_pass *s = &p->passes[i];
        float *y = a->operands[i == p->n_passes - 1 ? OCT_RESIZE_Y : OCT_RESIZE_TEMP + i % 2];
        resize_task task = {oct_resize_select(a->cpu),
                            {&s->axis, tables + s->n_at, tables + s->index_at,
                             (const float *)(const void *)(tables + s->coef_at), x, y}};
        oct_pool_run(a->pool, oct_resize_n_items(&s->axis), run_item, &task);
        x = y;
    }
}

const oct_step_kind oct_step_resize = {.name = "resize_f32", .run = run_resize};
