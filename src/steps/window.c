/* Running pooling windows.
 * SPDX-License-Identifier: Apache-2.0 */
#include "steps/window.h"

typedef struct window_task {
    oct_window_fn run;
    oct_window_args args;
} window_task;

static void run_item(void *context, size_t item, int worker)
{
    const window_task *t = context;
    (void)worker;
    t->run(&t->args, item);
}

static void run_window(const oct_step_args *a)
{
    const oct_window_step *p = a->params;
    window_task task = {
        .run = oct_window_select((oct_window_op)p->op, a->cpu),
        .args = {.shape = &p->shape, .y = a->operands[OCT_WINDOW_Y], .indices = a->operands[OCT_WINDOW_INDICES],
                 .x = a->operands[OCT_WINDOW_X]},
    };
    oct_pool_run(a->pool, oct_window_n_items(&p->shape), run_item, &task);
}

static void need_window(const void *params, oct_cpu_level cpu, oct_step_need *need)
{
    const oct_window_step *p = params;
    *need = (oct_step_need){.kernel = cpu >= OCT_CPU_AVX2 && p->op != OCT_WINDOW_LP_F32 ? "avx2 window" : "ref window"};
}

const oct_step_kind oct_step_window = {.name = "window", .run = run_window, .need = need_window};
