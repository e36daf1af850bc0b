/* Running pooling windows.
 * SPDX-License-Identifier: Apache-2.0 */
#include "steps/window.h"

#include "steps/proof.h"

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

bool oct_window_fits(const oct_window_shape *s)
{
    const oct_proof_axis h = {s->H, s->OH, s->KH, s->stride_h, s->dilation_h, s->pad_top};
    const oct_proof_axis w = {s->W, s->OW, s->KW, s->stride_w, s->dilation_w, s->pad_left};
    return s->C > 0 && oct_proof_window(&h) && oct_proof_window(&w) && s->pad_bottom >= 0 && s->pad_right >= 0 &&
           OCT_PRODUCT(s->N, s->H, s->W, s->C) > 0 && OCT_PRODUCT(s->N, s->OH, s->OW, s->C) > 0;
}

static bool check_window(const oct_step_proof *proof)
{
    const oct_window_step *p = proof->params;
    const oct_window_shape *s = &p->shape;
    if (!oct_proof_has(proof, sizeof *p, OCT_WINDOW_N_OPERANDS) || !oct_window_fits(s) || p->op < 0 || p->op >= OCT_WINDOW_N_OPS)
        return false;
    const bool bytes = p->op == OCT_WINDOW_MAX_U8 || p->op == OCT_WINDOW_MAX_I8;
    const bool words = p->op == OCT_WINDOW_MAX_U16 || p->op == OCT_WINDOW_MAX_I16;
    const int64_t size = bytes ? 1 : words ? (int64_t)sizeof(uint16_t) : (int64_t)sizeof(float);
    const int64_t n = OCT_PRODUCT(s->N, s->OH, s->OW, s->C);
    return oct_proof_reads(proof, OCT_WINDOW_X, OCT_PRODUCT(s->N, s->H, s->W, s->C), size) &&
           oct_proof_writes(proof, OCT_WINDOW_Y, n, size) &&
           (oct_proof_omits(proof, OCT_WINDOW_INDICES) || oct_proof_writes(proof, OCT_WINDOW_INDICES, n, sizeof(int64_t)));
}

static void need_window(const void *params, oct_cpu_level cpu, oct_step_need *need)
{
    const oct_window_step *p = params;
    *need = (oct_step_need){.kernel = cpu >= OCT_CPU_AVX2 && p->op != OCT_WINDOW_LP_F32 ? "avx2 window" : "ref window"};
}

const oct_step_kind oct_step_window = {.name = "window", .run = run_window, .check = check_window,
                                       .need = need_window};
